"""The approval definition: made once an app, overwritten when it differs, made anew when gone."""

import json
from dataclasses import replace

import pytest

from portal.blueprints.feishu import card, definition
from portal.blueprints.feishu.shapes import Definition, Node, Widget
from portal.kit.errors import Kind
from tests.far_side import refused
from tests.feishu.conftest import Adapter, card_request

WRITE = "/open-apis/approval/v4/approvals"


@pytest.fixture
def code(adapter):
    return adapter().prepare_template(None)


def test_it_is_made_once(sandbox, adapter):
    """Pitfall 13, trap 24: what was made by the interface can be removed by nobody."""
    code = adapter().prepare_template(None)
    for _ in range(3):
        assert adapter().prepare_template(code) == code
    assert [one["name"] for one in sandbox.templates()] == [definition.NAME]
    assert adapter.counted == ["token", "definition_write", *["definition"] * 3]


@pytest.mark.parametrize(
    "change",
    [
        {"rename": {"工单名称": "名称"}},
        {"rename": {"数据源": "库"}},
        {"name": "改过的名字"},
        {"status": "INACTIVE"},
    ],
)
def test_what_was_changed_over_there_is_overwritten_under_its_code(sandbox, adapter, code, change):
    """Trap 23: an overwriting is total."""
    sandbox.post(f"/templates/{code}", **change)
    assert adapter().prepare_template(code) == code
    assert [one["version"] for one in sandbox.templates()] == [2]
    assert not definition.difference(adapter.client().definition(code))
    assert adapter().start(card_request(template_code=code))


def test_a_changed_text_of_ours_is_written(sandbox, adapter, code, monkeypatch):
    """A later version of the portal may say it differently: the same code, the new words."""
    monkeypatch.setattr(definition, "NAME", "新的名字")
    widgets = tuple((kind, name, "新" + label) for kind, name, label in card.WIDGETS)
    monkeypatch.setattr(card, "WIDGETS", widgets)
    assert adapter().prepare_template(code) == code
    (shown,) = sandbox.templates()
    assert (shown["name"], shown["components"][0]["label"]) == ("新的名字", "新项目名称")


def test_a_deleted_definition_is_made_anew(sandbox, adapter, code):
    sandbox.post(f"/templates/{code}", deleted=True)
    assert adapter().prepare_template(code) not in {code, ""}
    assert adapter().prepare_template("of-nobody")


def test_a_definition_that_is_said_to_be_deleted_is_made_anew(sandbox, adapter, code):
    body = {"code": 0, "data": {"approval_name": "x", "status": "DELETED", "form": "[]"}}
    sandbox.fault(f"{WRITE}/{code}", "status", status=200, body=body)
    assert adapter().prepare_template(code) != code


def test_a_changed_app_makes_its_own(sandbox, adapter, code):
    """Pitfall 12: names need not be unique over there, nothing is adopted."""
    sandbox.post("/apps", provider="feishu", app_key="cli_other", app_secret="x")
    assert Adapter(sandbox.url, "cli_other", "x")().prepare_template(None) != code


def test_a_definition_gone_between_look_and_overwriting_is_made_anew(sandbox, adapter, code):
    sandbox.post(f"/templates/{code}", name="x")
    gone = {"code": 1390002, "msg": "approval code not found"}
    sandbox.fault(WRITE + "$", "status", status=400, body=gone, method="POST")
    assert adapter().prepare_template(code) != code


def test_a_refused_overwriting_keeps_what_can_be_used(sandbox, adapter, code, caplog):
    """§3.1: the official pages contradict each other on overwriting."""
    body = {"code": 1390001, "msg": "not supported"}
    sandbox.post(f"/templates/{code}", name="x")
    sandbox.fault(WRITE + "$", "status", status=400, body=body, method="POST")
    assert adapter().prepare_template(code) == code
    assert "1390001" in caplog.text
    sandbox.post(f"/templates/{code}", status="INACTIVE")
    sandbox.fault(WRITE + "$", "status", status=400, body=body, method="POST")
    assert refused(adapter().prepare_template, code).code == "1390001"
    assert len(sandbox.templates()) == 1


def test_a_definition_that_stays_disabled_is_said(sandbox, adapter, code):
    body = {"code": 0, "data": {"approval_name": "x", "status": "INACTIVE", "form": "[]"}}
    sandbox.fault(f"{WRITE}/{code}", "status", status=200, body=body, times=2)
    error = refused(adapter().prepare_template, code)
    assert (error.code, error.kind) == ("template_disabled", Kind.REFUSED)
    assert "启用" in adapter().explain(error)[1]


def test_a_definition_that_reads_otherwise_than_written_is_used_and_told(
    sandbox, adapter, code, caplog
):
    """The read shape may change one day: no card is lost for it."""
    body = {"code": 0, "data": {"approval_name": "x", "status": "ACTIVE", "form": "[]"}}
    sandbox.fault(f"{WRITE}/{code}", "status", status=200, body=body, times=2)
    assert adapter().prepare_template(code) == code
    assert "still reads" in caplog.text
    assert len(sandbox.templates()) == 1


def test_trouble_with_reading_makes_no_other_one(sandbox, adapter, code):
    sandbox.fault(f"{WRITE}/{code}", "status", status=500)
    assert refused(adapter().prepare_template, code).kind is Kind.UNKNOWN_OUTCOME
    sandbox.post("/scopes", provider="feishu",
                 revoke=["approval:approval", "approval:approval:readonly"])  # fmt: skip
    assert refused(adapter().prepare_template, code).kind is Kind.PERMISSION
    assert len(sandbox.templates()) == 1


def test_what_has_no_documented_default_is_said():
    """Traps 5 and 6, and §3.1."""
    made = definition.body()
    _start, node, _end = made["node_list"]
    assert node["approver_chosen_multi"] is True
    assert node["starter_assignee"] == "STARTER"
    assert (node["node_type"], node["approver"]) == ("OR", [{"type": "Free"}])
    assert made["viewers"] == [{"viewer_type": "NONE"}]
    assert made["settings"]["revert_interval"] == 0, "an approved card is never revoked"
    assert made["settings"]["revert_option"] == 1, "a pending one may be withdrawn"
    assert made["settings"]["reject_option"] == 0, "a refusal ends it"
    assert not any(made["config"].values())
    assert "approval_code" not in made
    assert definition.body("c")["approval_code"] == "c"


def test_every_text_has_a_key_of_its_own():
    made = definition.body()
    texts = made["i18n_resources"][0]["texts"]
    keys = [one["key"] for one in texts]
    assert len(set(keys)) == len(keys)
    assert all(key.startswith("@i18n@") and len(key) >= 9 for key in keys)
    names = json.dumps(made, ensure_ascii=False)
    for text in texts:
        assert names.count(text["key"]) >= 2, "each key is used"
    widgets = json.loads(made["form"]["form_content"])
    ids = [one["id"] for one in widgets] + [one["id"] for one in widgets[5]["value"]]
    assert len(set(ids)) == len(ids)


def fine() -> Definition:
    nodes = (Node("46e6", "approve", True, True), Node("b1", "", False, None))
    return Definition(definition.NAME, "ACTIVE", definition.ours(), nodes)


@pytest.mark.parametrize(
    "found",
    [
        fine(),
        replace(fine(), nodes=(Node("approve", "", True, None),)),
        replace(fine(), nodes=(Node("46e6", "", True, True), Node("b1", "", False, None))),
        replace(fine(), widgets=tuple(
            replace(one, id=f"widget{n}", custom_id=one.id, is_required=None)
            for n, one in enumerate(definition.ours())
        )),
        replace(fine(), widgets=(*definition.ours(), Widget("w", "text", "说明", False))),
    ],
)  # fmt: skip
def test_the_read_shape_is_compared_with_tolerance(found):
    """§3.3: own ids may be shown as custom ids or as ids, and much may be left out."""
    assert definition.difference(found) == ""


def widgets_but(which, **changes):
    return tuple(
        replace(one, **changes) if one.id == which else one for one in definition.ours()
    )


@pytest.mark.parametrize(
    "found",
    [
        replace(fine(), status="UNKNOWN"),
        replace(fine(), widgets=definition.ours()[1:]),
        replace(fine(), widgets=widgets_but("sql", type="input")),
        replace(fine(), widgets=widgets_but("result", columns=())),
        replace(fine(), nodes=()),
        replace(fine(), nodes=(Node("46e6", "approve", False, True),)),
        replace(fine(), nodes=(Node("46e6", "approve", True, False),)),
        replace(fine(), nodes=(Node("46e6", "other", True, True),)),
        replace(fine(), nodes=(Node("1", "", True, True), Node("2", "", True, True))),
    ],
)
def test_what_no_card_could_be_started_with_is_an_obstacle(found):
    assert definition.obstacle(found)
    assert definition.difference(found)


@pytest.mark.parametrize(
    "found",
    [
        replace(fine(), name="x"),
        replace(fine(), nodes=(Node("46e6", "approve", True, True, "AND"),)),
        replace(fine(), nodes=(Node("46e6", "approve", True, True), Node("7", "more", True, True))),
        replace(fine(), widgets=widgets_but("sql", name="x")),
        replace(fine(), widgets=widgets_but("sql", is_required=False)),
        replace(fine(), widgets=(*definition.ours(), Widget("w", "input", "事由", True))),
    ],
)
def test_other_words_are_a_difference_and_no_obstacle(found):
    assert definition.difference(found)
    assert not definition.obstacle(found)
