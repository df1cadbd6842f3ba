"""The adapter against the stand-in: a card is started once, and found again."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from portal.kit.errors import Kind
from tests.far_side import refused
from tests.feishu.conftest import KEY, LISI, WANGWU, card_request, started, who

INSTANCES = "/approval/v4/instances"
NOW = datetime.now(UTC)


def test_a_card_shows_what_the_approver_needs(sandbox, opened):
    _provider, external_id, _request = opened
    (shown,) = sandbox.cards()
    values = shown["form"]
    assert shown["id"] == external_id
    assert values["审批编号"] == KEY
    assert values["SQL语句"].startswith("alter table")
    assert values["工单链接"].startswith("https://portal.example.com/")
    assert "加一列" in shown["title"], "the approver's list names the ticket"


def test_several_approvers_are_asked_and_one_is_enough(sandbox, adapter):
    provider = adapter()
    external_id, _ = started(provider, approvers=[LISI, WANGWU, LISI])
    assert [task["user"] for task in sandbox.cards()[0]["tasks"]] == ["lisi", "wangwu"]
    sandbox.press(external_id, "agree", userid="wangwu")
    assert provider.fetch(external_id).actor == WANGWU


def test_an_empty_approver_is_never_sent(sandbox, adapter):
    """Pitfall 17: "" in the list refuses the whole card."""
    provider = adapter()
    external_id, _ = started(provider, approvers=["", LISI])
    assert external_id
    error = refused(provider.start, card_request(approvers=["", ""]))
    assert (error.code, error.kind) == ("no_approver", Kind.REFUSED)
    assert refused(provider.start, card_request(originator="")).code == "no_approver"
    assert len(sandbox.cards()) == 1


@pytest.mark.parametrize("harm", [{"deleted": True}, {"status": "INACTIVE"}])
def test_a_deleted_or_disabled_definition_refuses_the_start(sandbox, adapter, harm):
    """REFUSED is what makes the portal prepare the definition again, and then start again."""
    provider = adapter()
    code = provider.prepare_template(None)
    sandbox.post(f"/templates/{code}", **harm)
    error = refused(provider.start, card_request(template_code=code))
    assert error.kind is Kind.REFUSED
    assert provider.explain(error)[1]
    assert refused(provider.start, card_request(template_code="of-nobody")).kind is Kind.REFUSED
    assert sandbox.cards() == []


def test_people_of_another_app_refuse_the_start(sandbox, adapter):
    """Trap 17: an open_id belongs to one app; REFUSED makes the portal ask for people again."""
    sandbox.post("/apps", provider="feishu", app_key="cli_other", app_secret="x")
    stranger = who("lisi", "cli_other")
    code = adapter().prepare_template(None)
    error = refused(adapter().start, card_request(template_code=code, approvers=[stranger]))
    assert error.kind is Kind.REFUSED
    assert "重新匹配" in adapter().explain(error)[1]


def test_the_same_key_never_makes_a_second_card(sandbox, opened):
    """Trap 11: 60012 does not tell the older code; it is read by its uuid."""
    provider, external_id, request = opened
    assert provider.start(request) == external_id
    assert provider.start(replace(request, key=KEY.lower())) == external_id, "case is nothing"
    assert len(sandbox.cards()) == 1


def test_a_key_that_is_taken_but_not_shown_is_in_doubt(sandbox, opened):
    provider, external_id, request = opened
    sandbox.press(external_id, "state", deleted=True)
    sandbox.fault(f"{INSTANCES}/{KEY}", "status", status=400, method="GET",
                  body={"code": 1390003, "msg": "instance code not found"})  # fmt: skip
    error = refused(provider.start, request)
    assert (error.code, error.kind) == ("60012", Kind.UNKNOWN_OUTCOME)


def test_a_lost_answer_is_in_doubt_and_the_card_is_found(sandbox, adapter):
    """Pitfall 15, rows N4 and N6."""
    provider = adapter()
    request = card_request(template_code=provider.prepare_template(None))
    sandbox.fault(INSTANCES + "$", "lost_after", method="POST")
    error = refused(provider.start, request)
    assert error.kind is Kind.UNKNOWN_OUTCOME
    assert provider.find(replace(request, first_try_at=NOW)) == sandbox.cards()[0]["id"]


def test_a_request_that_never_arrived_is_not_found(sandbox, adapter):
    """Row N3."""
    provider = adapter()
    request = card_request(template_code=provider.prepare_template(None))
    sandbox.fault(INSTANCES + "$", "lost_before", method="POST")
    assert refused(provider.start, request).kind is Kind.UNKNOWN_OUTCOME
    assert provider.find(replace(request, first_try_at=NOW)) is None


def test_find_costs_one_call_and_takes_only_the_very_key(sandbox, adapter, opened):
    provider, external_id, request = opened
    looked = replace(request, first_try_at=NOW)
    before = len(adapter.counted)
    assert provider.find(looked) == external_id
    assert adapter.counted[before:] == ["detail"]
    assert provider.find(replace(looked, key="Pab12-7-R1-S1-I2")) is None
    assert provider.find(replace(looked, known_ids=frozenset({external_id}))) is None
    sandbox.press(external_id, "withdraw", userid="zhangsan")
    assert provider.find(looked) == external_id, "an ended card is a card"


def test_an_instance_of_another_key_is_not_taken(sandbox, opened):
    """Should the platform ever answer with something else than was asked for."""
    provider, external_id, request = opened
    asked = replace(request, key="P-another", first_try_at=NOW)
    body = {"code": 0, "data": {"instance_code": external_id, "approval_code": "a",
                                "status": "PENDING", "uuid": KEY}}  # fmt: skip
    for uuid, found in ((KEY, None), ("p-ANOTHER", external_id), ("", external_id)):
        body["data"]["uuid"] = uuid
        sandbox.fault("P-another", "status", status=200, body=body)
        assert provider.find(asked) == found
    body["data"]["instance_code"] = ""
    sandbox.fault("P-another", "status", status=200, body=body)
    assert refused(provider.find, asked).code == "unreadable", "it is there, but where?"


def test_without_a_first_try_there_is_nothing_to_find(adapter, opened):
    provider, _external_id, request = opened
    before = len(adapter.counted)
    assert provider.find(request) is None
    assert len(adapter.counted) == before


def test_a_look_that_fails_is_not_a_no(sandbox, opened):
    provider, _external_id, request = opened
    sandbox.fault(INSTANCES, "status", status=500)
    error = refused(provider.find, replace(request, first_try_at=NOW))
    assert error.kind is Kind.UNKNOWN_OUTCOME
