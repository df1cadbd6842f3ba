"""The adapter against the stand-in: decided in the portal."""

from dataclasses import replace

import pytest

from portal.domain.provider import Ended, Outcome
from portal.kit.errors import Kind
from tests.far_side import refused
from tests.feishu.conftest import LISI, SUNQI, WANGWU, started

INSTANCES = "/approval/v4/instances"


def test_the_actors_own_task_is_finished(sandbox, adapter):
    """Pitfalls 2 and 10: by the same person, with the reason, not the first one's task."""
    provider = adapter()
    external_id, _ = started(provider, approvers=[LISI, WANGWU])
    assert provider.decide(external_id, WANGWU, False, "缺索引") is Ended.DONE
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor, found.remark) == (Outcome.REJECTED, WANGWU, "缺索引")


def test_who_has_no_running_task_cannot_decide(sandbox, opened):
    provider, external_id, _request = opened
    assert provider.decide(external_id, SUNQI, True, "") is Ended.NO_TASK
    sandbox.press(external_id, "redirect", userid="lisi", to="sunqi")
    assert provider.decide(external_id, LISI, True, "") is Ended.NO_TASK
    assert provider.fetch(external_id).outcome is Outcome.PENDING


def test_a_card_that_has_ended_is_said_to_have_ended_before(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.press(external_id, "agree", userid="lisi")
    assert provider.decide(external_id, LISI, False, "") is Ended.BEFORE
    assert provider.fetch(external_id).outcome is Outcome.APPROVED
    sandbox.press(external_id, "state", deleted=True)
    assert provider.decide(external_id, LISI, True, "") is Ended.BEFORE
    assert provider.decide("never-was", LISI, True, "") is Ended.BEFORE


def test_the_decision_goes_to_the_named_card_only(sandbox, adapter):
    """Pitfall 9: not to the last card of the ticket."""
    provider = adapter()
    first, request = started(provider)
    second = provider.start(replace(request, key="Pab12-7-R1-S2-I1"))
    provider.decide(first, LISI, True, "")
    assert provider.fetch(first).outcome is Outcome.APPROVED
    assert provider.fetch(second).outcome is Outcome.PENDING


def test_a_decision_before_there_are_tasks_waits(sandbox, adapter):
    """Trap 9: the list of tasks may be empty right after the start."""
    provider = adapter()
    sandbox.post("/rules", hide_tasks_seconds=60)
    external_id, _ = started(provider)
    error = refused(provider.decide, external_id, LISI, True, "")
    assert (error.kind, error.code, error.retry_after) == (Kind.RETRY, "no_task_yet", 3)


@pytest.mark.parametrize("code", [1390009, 1390010, 60009, 60010, 1390003])
def test_a_refused_decision_accepts_what_holds_over_there(sandbox, opened, code):
    """Somebody was faster between the look and the act."""
    provider, external_id, _request = opened
    refusal = {"status": 400, "body": {"code": code, "msg": "x"}}
    sandbox.fault("tasks/approve", "status", **refusal)
    error = refused(provider.decide, external_id, LISI, True, "")
    assert (error.code, error.kind in {Kind.REFUSED, Kind.NOT_FOUND}) == (str(code), True)
    ended = {"code": 0, "data": {"approval_code": "a", "status": "REJECTED"}}
    sandbox.fault("tasks/approve", "status", **refusal)
    sandbox.fault(f"{INSTANCES}/{external_id}", "status", status=200, body=ended, skip=1)
    assert provider.decide(external_id, LISI, True, "") is Ended.BEFORE
    handed_on = ended["data"] | {"status": "PENDING", "task_list": [
        {"id": "9", "open_id": SUNQI, "status": "PENDING"}]}  # fmt: skip
    sandbox.fault("tasks/approve", "status", **refusal)
    sandbox.fault(f"{INSTANCES}/{external_id}", "status", status=200, skip=1,
                  body={"code": 0, "data": handed_on})  # fmt: skip
    assert provider.decide(external_id, LISI, True, "") is Ended.NO_TASK


def test_a_lost_answer_to_a_decision_is_in_doubt_and_harmless_again(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.fault("tasks/approve", "lost_after")
    assert refused(provider.decide, external_id, LISI, True, "").kind is Kind.UNKNOWN_OUTCOME
    assert provider.decide(external_id, LISI, True, "") is Ended.BEFORE


def test_a_failed_look_before_a_decision_is_a_sure_no(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.fault(INSTANCES, "status", status=502, method="GET")
    assert refused(provider.decide, external_id, LISI, True, "").kind is Kind.RETRY
