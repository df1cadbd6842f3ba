"""The adapter against the stand-in: decided in the portal."""

from dataclasses import replace

from portal.domain.provider import Ended, Outcome
from portal.kit.errors import Kind
from tests.dingtalk.conftest import started
from tests.far_side import refused

START = "/v1.0/workflow/processInstances"


def test_the_actors_own_task_is_finished(sandbox, adapter):
    """Pitfalls 2 and 10: by the same person, with the reason, not the first one's task."""
    provider = adapter()
    external_id, _ = started(provider, approvers=["lisi", "wangwu"])
    assert provider.decide(external_id, "wangwu", False, "缺索引") is Ended.DONE
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor, found.remark) == (Outcome.REJECTED, "wangwu", "缺索引")


def test_who_has_no_running_task_cannot_decide(sandbox, opened):
    provider, external_id, _request = opened
    assert provider.decide(external_id, "sunqi", True, "") is Ended.NO_TASK
    sandbox.press(external_id, "redirect", userid="lisi", to="sunqi")
    assert provider.decide(external_id, "lisi", True, "") is Ended.NO_TASK
    assert provider.fetch(external_id).outcome is Outcome.PENDING


def test_a_card_that_has_ended_is_done(sandbox, opened):
    """Trap 22: decided in both places."""
    provider, external_id, _request = opened
    sandbox.press(external_id, "agree", userid="lisi")
    assert provider.decide(external_id, "lisi", False, "") is Ended.BEFORE
    assert provider.fetch(external_id).outcome is Outcome.APPROVED
    sandbox.press(external_id, "state", deleted=True)
    assert provider.decide(external_id, "lisi", True, "") is Ended.BEFORE


def test_the_decision_goes_to_the_named_card_only(sandbox, adapter):
    """Pitfall 9: not to the last card of the ticket."""
    provider = adapter()
    first, request = started(provider)
    second = provider.start(replace(request, key="Pab12-7-R1-S2-I1"))
    provider.decide(first, "lisi", True, "")
    assert provider.fetch(first).outcome is Outcome.APPROVED
    assert provider.fetch(second).outcome is Outcome.PENDING


def test_a_decision_before_there_are_tasks_waits(sandbox, adapter):
    """Trap 11: tasks may not be there yet."""
    provider = adapter()
    sandbox.post("/rules", hide_tasks_seconds=60)
    external_id, _ = started(provider)
    error = refused(provider.decide, external_id, "lisi", True, "")
    assert (error.kind, error.code) == (Kind.RETRY, "no_task_yet")


def test_a_lost_answer_to_a_decision_is_in_doubt_and_harmless_again(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.fault("/execute", "lost_after")
    assert refused(provider.decide, external_id, "lisi", True, "").kind is Kind.UNKNOWN_OUTCOME
    assert provider.decide(external_id, "lisi", True, "") is Ended.BEFORE


def test_a_failed_look_before_a_decision_is_a_sure_no(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.fault(START + "$", "status", status=502, method="GET")
    assert refused(provider.decide, external_id, "lisi", True, "").kind is Kind.RETRY
