"""The adapter against the stand-in: start, find, fetch, changed, decide, withdraw, comment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.blueprints.dingtalk.approval import make, mobile_of
from portal.domain.provider import Account, AppCredentials, CardRef, Contact, Ended, Outcome
from portal.kit.errors import Kind, ProviderError
from portal.sandbox.seed import DEFAULT_APP_KEY, DEFAULT_APP_SECRET
from tests.dingtalk.conftest import KEY, WITHDRAW_SECONDS, Sandbox, card_request

START = "/v1.0/workflow/processInstances"
NOW = datetime.now(UTC)


def refused(call, *args) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        call(*args)
    return caught.value


def started(provider, **changes):
    request = card_request(**changes)
    if not request.template_code:
        request = replace(request, template_code=provider.prepare_template(None))
    return provider.start(request), request


# Starting


def test_a_card_shows_what_the_approver_needs(sandbox, opened):
    _provider, external_id, _request = opened
    (shown,) = sandbox.cards()
    values = shown["form"]
    assert shown["id"] == external_id
    assert values["审批编号"] == KEY
    assert values["SQL语句"].startswith("alter table")
    assert values["工单链接"].startswith("https://portal.example.com/")


def test_several_approvers_are_asked_and_one_is_enough(sandbox, adapter):
    provider = adapter()
    external_id, _ = started(provider, approvers=["lisi", "wangwu", "lisi"])
    assert [task["user"] for task in sandbox.cards()[0]["tasks"]] == ["lisi", "wangwu"]
    sandbox.press(external_id, "agree", userid="wangwu")
    assert provider.fetch(external_id).actor == "wangwu"


def test_an_empty_approver_is_never_sent(sandbox, adapter):
    """Pitfall 17: "" in the list refuses the whole card."""
    provider = adapter()
    external_id, _ = started(provider, approvers=["", "lisi"])
    assert external_id
    error = refused(provider.start, card_request(approvers=["", ""]))
    assert (error.code, error.kind) == ("no_approver", Kind.REFUSED)
    assert refused(provider.start, card_request(originator="")).code == "no_approver"
    assert len(sandbox.cards()) == 1


def test_a_deleted_template_refuses_the_start(sandbox, adapter):
    provider = adapter()
    code = provider.prepare_template(None)
    sandbox.post(f"/templates/{code}", deleted=True)
    error = refused(provider.start, card_request(template_code=code))
    assert error.kind in {Kind.REFUSED, Kind.UNKNOWN_OUTCOME}
    assert provider.explain(error)[1]
    assert sandbox.cards() == []


def test_a_lost_answer_is_in_doubt_and_the_card_is_found(sandbox, adapter):
    """Pitfall 15, rows N4 and N6."""
    provider = adapter()
    request = card_request(template_code=provider.prepare_template(None))
    sandbox.fault(START + "$", "lost_after", method="POST")
    error = refused(provider.start, request)
    assert error.kind is Kind.UNKNOWN_OUTCOME
    again = replace(request, first_try_at=datetime.now(UTC))
    assert provider.find(again) == sandbox.cards()[0]["id"]
    naive = replace(request, first_try_at=datetime.now(UTC).replace(tzinfo=None))
    assert provider.find(naive) == sandbox.cards()[0]["id"]


def test_a_request_that_never_arrived_is_not_found(sandbox, adapter):
    """Row N3."""
    provider = adapter()
    request = card_request(template_code=provider.prepare_template(None))
    sandbox.fault(START + "$", "lost_before", method="POST")
    assert refused(provider.start, request).kind is Kind.UNKNOWN_OUTCOME
    assert provider.find(replace(request, first_try_at=datetime.now(UTC))) is None


def test_find_takes_only_the_very_key_on_any_page(sandbox, adapter):
    provider = adapter()
    code = provider.prepare_template(None)
    sandbox.post("/rules", qps=None)
    ids = {}
    for number in range(23):
        key = f"Pab12-7-R1-S1-I{number}"
        ids[key] = provider.start(card_request(template_code=code, key=key))
    for key in ("Pab12-7-R1-S1-I0", "Pab12-7-R1-S1-I1", "Pab12-7-R1-S1-I22"):
        request = card_request(template_code=code, key=key, first_try_at=NOW)
        assert provider.find(request) == ids[key]
    absent = card_request(template_code=code, key="Pab12-7-R1-S1", first_try_at=NOW)
    assert provider.find(absent) is None
    sandbox.press(ids["Pab12-7-R1-S1-I22"], "withdraw", userid="zhangsan")
    ended = card_request(template_code=code, key="Pab12-7-R1-S1-I22", first_try_at=NOW)
    assert provider.find(ended) == ids["Pab12-7-R1-S1-I22"], "an ended card is a card"


def test_find_passes_over_cards_that_are_ours_already(adapter, opened):
    provider, external_id, request = opened
    looked = replace(request, first_try_at=NOW)
    before = len(adapter.counted)
    assert provider.find(replace(looked, known_ids=frozenset({external_id}))) is None
    assert adapter.counted[before:] == ["list_ids"]


def test_without_a_first_try_there_is_nothing_to_find(adapter, opened):
    provider, _external_id, request = opened
    before = len(adapter.counted)
    assert provider.find(request) is None
    assert len(adapter.counted) == before


def test_a_look_that_fails_is_not_a_no(sandbox, opened):
    provider, _external_id, request = opened
    sandbox.fault("instanceIds/query", "status", status=500)
    error = refused(provider.find, replace(request, first_try_at=NOW))
    assert error.kind is Kind.UNKNOWN_OUTCOME


# Fetching


def test_the_story_of_a_card(sandbox, opened):
    provider, external_id, _request = opened
    assert provider.fetch(external_id).outcome is Outcome.PENDING
    sandbox.press(external_id, "comment", userid="sunqi", remark="看一下")
    sandbox.press(external_id, "agree", userid="lisi", remark="可以")
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor, found.remark) == (Outcome.APPROVED, "lisi", "可以")


def test_a_refusal_brings_its_reason(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.press(external_id, "refuse", userid="lisi", remark="缺索引")
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor, found.remark) == (Outcome.REJECTED, "lisi", "缺索引")


def test_a_withdrawn_and_a_deleted_card_are_withdrawn(sandbox, opened):
    """Pitfall 4."""
    provider, external_id, _request = opened
    sandbox.press(external_id, "withdraw", userid="zhangsan")
    assert provider.fetch(external_id).outcome is Outcome.WITHDRAWN
    sandbox.press(external_id, "state", deleted=True)
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor) == (Outcome.WITHDRAWN, None)
    assert found.raw_state


def test_an_unknown_state_is_kept_verbatim(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.press(external_id, "state", status="FROZEN", result="maybe")
    found = provider.fetch(external_id)
    assert (found.outcome, found.raw_state) == (Outcome.UNKNOWN, "FROZEN/maybe")


def test_a_transferred_card_names_who_decided(sandbox, opened):
    """Pitfall 7, trap 13: the transferor is not the approver."""
    provider, external_id, _request = opened
    sandbox.press(external_id, "redirect", userid="lisi", to="sunqi")
    assert provider.fetch(external_id).outcome is Outcome.PENDING
    sandbox.press(external_id, "agree", userid="sunqi")
    assert provider.fetch(external_id).actor == "sunqi"


# Which cards to fetch


def test_one_list_call_answers_for_many_cards(sandbox, adapter):
    """Pitfall 23: two calls per pending card and minute use up the month in a day."""
    provider = adapter()
    code = provider.prepare_template(None)
    sandbox.post("/rules", qps=None)
    ids = [provider.start(card_request(template_code=code, key=f"K{n}")) for n in range(25)]
    sandbox.press(ids[3], "agree", userid="lisi")
    sandbox.press(ids[7], "withdraw", userid="zhangsan")
    before = len(adapter.counted)
    cards = [CardRef(one, code, NOW) for one in ids]
    assert sorted(provider.changed(cards)) == sorted([ids[3], ids[7]])
    assert adapter.counted[before:] == ["list_ids", "list_ids"]


def test_a_card_older_than_a_list_may_reach_is_fetched(opened):
    provider, external_id, request = opened
    old = CardRef("ancient", request.template_code, NOW - timedelta(days=119))
    recent = [CardRef(external_id, request.template_code, NOW)] * 2
    assert list(provider.changed([old, *recent])) == ["ancient"]


def test_a_single_card_costs_no_list(adapter, opened):
    provider, external_id, request = opened
    before = len(adapter.counted)
    assert list(provider.changed([CardRef(external_id, request.template_code, NOW)])) == [
        external_id
    ]
    assert len(adapter.counted) == before
    assert list(provider.changed([])) == []


# Deciding in the portal


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


# Withdrawing


def test_a_card_is_withdrawn_with_the_reason(sandbox, opened):
    """Pitfall 1."""
    provider, external_id, _request = opened
    sandbox.post("/rules", withdraw_after=0)
    assert provider.withdraw(external_id, "zhangsan", "工单已关闭") is Ended.DONE
    assert provider.fetch(external_id).outcome is Outcome.WITHDRAWN
    assert "工单已关闭" in str(sandbox.cards()[0])


def test_within_the_first_seconds_it_waits(opened):
    """Trap 19."""
    provider, external_id, _request = opened
    error = refused(provider.withdraw, external_id, "zhangsan", "x")
    assert (error.kind, error.retry_after) == (Kind.RETRY, WITHDRAW_SECONDS)
    assert provider.fetch(external_id).outcome is Outcome.PENDING


def test_what_has_ended_or_is_gone_is_done(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.press(external_id, "refuse", userid="lisi")
    assert provider.withdraw(external_id, "zhangsan", "x") is Ended.BEFORE
    sandbox.press(external_id, "state", deleted=True)
    assert provider.withdraw(external_id, "zhangsan", "x") is Ended.BEFORE
    assert provider.withdraw("never-was", "zhangsan", "x") is Ended.BEFORE


def test_a_forbidden_withdrawal_names_the_switch(sandbox, opened):
    """Trap 20."""
    provider, external_id, _request = opened
    sandbox.post("/rules", withdraw_after=0, allow_withdraw=False)
    error = refused(provider.withdraw, external_id, "zhangsan", "x")
    assert "允许提交人撤销" in provider.explain(error)[1]


def test_a_comment_is_left(sandbox, opened):
    provider, external_id, _request = opened
    long = "提醒一下\n" + "长" * 3000
    provider.comment(external_id, "zhangsan", long)
    (said,) = sandbox.cards()[0]["comments"]
    assert said["comment"].startswith("提醒一下")
    assert provider.commented(external_id, long)


def test_a_decisions_remark_is_no_comment(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.press(external_id, "agree", userid="lisi", remark="上线成功")
    assert not provider.commented(external_id, "上线成功")


def test_a_comment_on_an_ended_card_may_be_refused(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.press(external_id, "agree", userid="lisi")
    sandbox.post("/rules", comment_after_end=False)
    error = refused(provider.comment, external_id, "zhangsan", "x")
    assert (error.code, error.kind) == ("aflowProcessInstCanNotBeExecuted", Kind.REFUSED)


# People


def test_a_phone_finds_the_employee(adapter):
    contact = Contact("+8613800000002", "someone.else@example.com")
    assert adapter().account(contact) == Account("lisi", "+8613800000002")


def test_an_empty_phone_makes_no_call(sandbox, adapter):
    """Pitfall 5: empty never matches."""
    error = refused(adapter().account, Contact(email="lisi@example.com"))
    assert (error.code, error.kind) == ("no_phone", Kind.NOT_FOUND)
    assert sandbox.get("/calls")["total"] == 0


@pytest.mark.parametrize("phone", ["138", "+", "abc", "13800000002"])
def test_what_is_no_e164_number_makes_no_call(phone):
    """Pitfall 18: short values crashed the server."""
    assert refused(mobile_of, Contact(phone=phone)).code == "bad_phone"


@pytest.mark.parametrize(
    ("phone", "mobile"),
    [
        ("+8613800000002", "13800000002"),
        ("+12025550123", "+1-2025550123"),
        ("+85251234567", "+852-51234567"),
    ],
)
def test_the_country_is_cut_by_a_library(phone, mobile):
    """Pitfall 18: not by [3:]."""
    assert mobile_of(Contact(phone=phone)) == mobile


def test_a_leaver_is_not_found(sandbox, adapter):
    sandbox.post("/people", people=[{"userid": "lisi", "active": False}])
    error = refused(adapter().account, Contact(phone="+8613800000002"))
    assert error.kind is Kind.NOT_FOUND


# The making


@pytest.fixture(scope="module")
def shared_sandbox():
    made = Sandbox()
    yield made
    made.close()


@pytest.fixture
def environment(shared_sandbox):
    return {"DINGTALK_API_URL": shared_sandbox.url, "DINGTALK_OAPI_URL": shared_sandbox.url}


@pytest.mark.usefixtures("context")
def test_the_factory_takes_the_apps_settings():
    counted = []
    credentials = AppCredentials(DEFAULT_APP_KEY, DEFAULT_APP_SECRET)
    provider = make(credentials, 30, counted.append)
    assert provider.account(Contact(phone="+8613800000003")).external_id == "wangwu"
    assert provider.prepare_template(None)
    assert counted == ["form_write"]
    late = make(credentials, 0.5, counted.append)
    error = refused(late.fetch, "x")
    assert (error.code, error.kind) == ("deadline", Kind.RETRY)
