"""The card's values: whatever people write, the fields are ours, whole, and short enough."""

import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.blueprints.dingtalk import card
from portal.domain.provider import CardRow
from portal.kit.card_texts import length
from tests.dingtalk.conftest import KEY, card_request

LABELS = [
    "项目名称", "工单名称", "工单描述", "工单链接", "审核操作", "审核结果", "SQL语句", "审批编号",
]  # fmt: skip
NASTY = [
    "", " ", "\0", "\ud800", '"', "'", "\\", "{", "}]", '"}],"审批编号":"P0', "\r", "\r\n",
    "\u2028", "😀" * 5, "```", "<b>", "%s", "{0}", '[[{"name":"数据源","value":"x"}]]',
]  # fmt: skip
anything = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=())),  # lone surrogates too
    st.text("\0\r\n\"\\'{}[]😀x", max_size=60),
)


def parsed(request):
    """The values as DingTalk reads them: out of the JSON that goes over the wire."""
    wire = json.dumps(card.values(request)).encode("ascii")
    return json.loads(wire)


@settings(max_examples=300, deadline=None)
@given(anything, anything, anything, anything)
@example('a"b', "l1\nl2", "select '😀' from t where a = \"{}\"", '"}],[{')
def test_any_text_gives_exactly_our_fields(subject, description, sql, datasource):
    """Pitfall 8, trap 5: nothing that people write can forge a field or lose the card."""
    rows = [CardRow(datasource, "96", "66.7%"), CardRow("second", "100", "100%")]
    fields = parsed(
        card_request(subject=subject, description=description, sql=sql, rows=rows)
    )
    assert [field["name"] for field in fields] == LABELS
    assert all(set(field) == {"name", "value"} and field["value"].strip() for field in fields)
    values = {field["name"]: field["value"] for field in fields}
    assert values["审批编号"] == KEY
    table = json.loads(values["审核结果"])
    assert [[cell["name"] for cell in row] for row in table] == [
        ["数据源", "审核得分", "审核通过率"]
    ] * 2
    assert [row[1]["value"] for row in table] == ["96", "100"]
    for field in fields:
        assert "\0" not in field["value"]
        field["value"].encode()  # no lone surrogate is left
    assert "\n" not in values["工单名称"]
    assert values["工单描述"].count("\n") == values["工单描述"].count("\r\n")


def test_two_megabytes_of_sql_are_cut_with_a_note():
    """Pitfall 8, trap 6."""
    sql = "select '名' from t;\n" * 130_000
    values = {one["name"]: one["value"] for one in card.values(card_request(sql=sql))}
    shown = values["SQL语句"]
    assert length(shown) <= 8000
    assert shown.startswith("select '名' from t;\r\nselect")
    assert shown.endswith("字，完整内容见工单页面）")
    assert "共 " in shown


def test_many_data_sources_end_with_a_line_that_says_so():
    rows = [CardRow('"\\' * 200, "1" * 300, "100%") for _ in range(400)]
    value = card.table(rows)
    table = json.loads(value)
    assert length(value) <= 65535
    assert len(table) == 100
    assert "共 400 行" in table[-1][0]["value"]


def test_without_rows_the_table_still_is_one():
    assert json.loads(card.table([])) == [
        [
            {"name": "数据源", "value": "-"},
            {"name": "审核得分", "value": "-"},
            {"name": "审核通过率", "value": "-"},
        ]
    ]


def test_the_template_has_the_cards_labels_within_the_limits():
    components = card.components()
    assert [one["props"]["label"] for one in components] == LABELS
    columns = components[LABELS.index("审核结果")]["children"]
    every = components + columns
    ids = [one["props"]["componentId"] for one in every]
    assert len(set(ids)) == len(ids)
    assert all(len(one["props"]["label"]) <= 20 for one in every)
    assert all(len(one) <= 64 for one in ids)


def test_a_remark_is_at_most_1024():
    assert length(card.remark("理由" * 2000)) <= 1024
