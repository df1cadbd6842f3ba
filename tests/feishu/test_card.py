"""The card's values: whatever people write, the fields are ours, whole, and read back as sent."""

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.blueprints.feishu import card
from portal.blueprints.feishu.client import INSTANCES
from portal.domain.provider import CardRow
from portal.kit.card_texts import length
from tests.far_side import Sandbox
from tests.feishu.conftest import KEY, LISI, WANGWU, Adapter, card_request

LABELS = [
    "项目名称", "工单名称", "工单描述", "工单链接", "审核操作", "审核结果", "SQL语句", "审批编号",
]  # fmt: skip
COLUMNS = ["数据源", "审核得分", "审核通过率"]
NASTY = [
    "", " ", "\0", "\ud800", '"', "'", "\\", "{", "}]", '"}],"id":"key","value":"P0', "\r", "\r\n",
    "\u2028", "😀" * 5, "```", "<b>", "%s", "{0}", '[[{"id":"result_score","value":"x"}]]',
    "@i18n@instance_title", "@i18n@portal_widget_key", "@i18n@", "@\ud800i18n@",
]  # fmt: skip
anything = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=())),  # lone surrogates too
    st.text("\0\r\n\"\\'{}[]😀x@i18n", max_size=60),
)


class Desk:
    """One stand-in and one definition for all examples, each with a key of its own."""

    def __init__(self):
        self.sandbox = Sandbox()
        self.sandbox.post("/rules", feishu_per_minute=None, feishu_t4_per_minute=None,
                          feishu_t4_per_second=None)  # fmt: skip
        self.adapter = Adapter(self.sandbox.url)
        self.code = self.adapter().prepare_template(None)
        self.number = 0

    def round_trip(self, **texts):
        """The request's own values, and the form as the platform's interface reads it back."""
        self.number += 1
        provider = self.adapter()
        request = card_request(template_code=self.code, key=f"{KEY}-{self.number}", **texts)
        external_id = provider.start(request)
        body = provider._client._call("x", "GET", f"{INSTANCES}/{external_id}")
        return request, json.loads(body["data"]["form"])


@pytest.fixture(scope="module")
def desk():
    made = Desk()
    yield made
    made.sandbox.close()


@settings(max_examples=150, deadline=None)
@given(anything, anything, anything, anything)
@example('a"b', "l1\nl2", "select '😀' from t where a = \"{}\"", '"}],[{')
@example("@i18n@instance_title", "@i18n@portal_widget_key", "@i18n@", "@i18n@portal_widget_sql")
def test_any_text_gives_exactly_our_fields(desk, subject, description, sql, datasource):
    """Pitfall 8, trap 1: nothing that people write can forge a field or lose the card."""
    rows = [CardRow(datasource, "96", "66.7%"), CardRow("second", "100", "100%")]
    request, form = desk.round_trip(
        subject=subject, description=description, sql=sql, rows=rows
    )
    assert [field["name"] for field in form] == LABELS
    values = {field["name"]: field["value"] for field in form}
    assert values["审批编号"] == request.key
    table = values["审核结果"]
    assert [[cell["name"] for cell in row] for row in table] == [COLUMNS] * 2
    assert [row[1]["value"] for row in table] == ["96", "100"]
    sent = {one["id"]: one["value"] for one in card.values(request)}
    assert [values[name] for name in ("工单名称", "工单描述", "SQL语句")] == [
        sent["subject"], sent["description"], sent["sql"],
    ]  # fmt: skip
    assert [row[0]["value"] for row in table] == [row[0]["value"] for row in sent["result"]]
    for text in [*sent.values(), table[0][0]["value"]]:
        if isinstance(text, str):
            assert text.strip()
            assert "\0" not in text
            text.encode()  # no lone surrogate is left
    assert "\n" not in values["工单名称"]
    assert "\r" not in values["工单描述"]


def test_two_megabytes_of_sql_are_cut_with_a_note(desk):
    """Pitfall 8."""
    sql = "select '名' from t;\n" * 130_000
    _request, form = desk.round_trip(sql=sql, description=sql, subject=sql,
                                     rows=[CardRow(sql, "1", "1%")])  # fmt: skip
    values = {field["name"]: field["value"] for field in form}
    shown = values["SQL语句"]
    assert length(shown) <= 8000
    assert shown.startswith("select '名' from t;\nselect")
    assert shown.endswith("字，完整内容见工单页面）")
    assert length(values["工单名称"]) <= 1000


def test_a_form_is_json_within_json_in_the_definitions_order():
    body = card.instance(card_request(), [LISI, WANGWU])
    form = json.loads(body["form"])
    assert isinstance(body["form"], str)
    assert [(one["type"], one["id"]) for one in form] == [
        (kind, name) for kind, name, _label in card.WIDGETS
    ]
    assert body["node_approver_open_id_list"] == [{"key": "approve", "value": [LISI, WANGWU]}]
    assert body["uuid"] == KEY
    assert len(body["uuid"]) <= 64


def test_a_table_is_rows_of_cells_with_a_type_each():
    """Trap 2: a cell without its type refuses the whole form, with a misleading message."""
    rows = card.table([CardRow("db", "96", "66.7%")] * 2)
    assert len(rows) == 2
    assert all(set(cell) == {"id", "type", "value"} for row in rows for cell in row)
    assert card.table([])[0][0]["value"] == "-", "no widget is sent without a value"


def test_many_data_sources_end_with_a_line_that_says_so():
    table = card.table([CardRow('"\\' * 200, "1" * 300, "100%") for _ in range(400)])
    assert len(table) == 100
    assert "共 400 行" in table[-1][0]["value"]


def test_a_value_is_never_taken_for_a_key_of_translations():
    """Values of input and textarea may name a key of i18n_resources: ours never do."""
    text = "@i18n@instance_title 和 @i18n@x"
    request = card_request(subject=text, sql=text, rows=[CardRow(text, "1", "1")])
    body = card.instance(request, [LISI])
    assert "@i18n@" not in body["form"]
    shown = body["i18n_resources"][0]["texts"][0]["value"]
    assert "@i18n@" not in shown
    assert length(shown) <= 100


def test_the_definition_has_the_cards_labels_and_unique_ids():
    assert [label for _kind, _name, label in card.WIDGETS] == LABELS
    assert [label for _kind, _name, label in card.COLUMNS] == COLUMNS
    ids = [name for _kind, name, _label in card.WIDGETS + card.COLUMNS]
    assert len(set(ids)) == len(ids)


def test_a_remark_is_cut():
    assert length(card.remark("理由" * 2000)) <= 1000
