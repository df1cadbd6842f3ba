"""The adapter against the stand-in: start, find, fetch, changed, decide, withdraw, comment."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from portal.blueprints.feishu import reading
from portal.blueprints.feishu.approval import make
from portal.domain.provider import AppCredentials, CardRef, Contact, Ended, Outcome
from portal.kit.errors import Kind, ProviderError
from portal.sandbox.seed import FEISHU_APP_ID, FEISHU_APP_SECRET
from tests.far_side import Sandbox
from tests.feishu.conftest import KEY, LISI, SUNQI, WANGWU, ZHANGSAN, card_request, who

INSTANCES = "/approval/v4/instances"
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


# Fetching


def test_the_story_of_a_card(sandbox, opened):
    provider, external_id, _request = opened
    assert provider.fetch(external_id).outcome is Outcome.PENDING
    sandbox.press(external_id, "comment", userid="sunqi", remark="看一下")
    sandbox.press(external_id, "agree", userid="lisi", remark="可以")
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor, found.remark) == (Outcome.APPROVED, LISI, "可以")
    assert found.raw_state == "APPROVED/PASS"


def test_a_refusal_brings_its_reason(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.press(external_id, "refuse", userid="lisi", remark="缺索引")
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor, found.remark) == (Outcome.REJECTED, LISI, "缺索引")


def test_a_withdrawn_and_a_deleted_card_are_withdrawn(sandbox, opened):
    """Pitfall 4, trap 10."""
    provider, external_id, _request = opened
    sandbox.press(external_id, "withdraw", userid="zhangsan")
    assert provider.fetch(external_id).outcome is Outcome.WITHDRAWN
    sandbox.press(external_id, "state", deleted=True)
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor) == (Outcome.WITHDRAWN, None)
    assert provider.fetch("never-was").outcome is Outcome.WITHDRAWN


def test_an_approved_card_that_was_reverted_is_withdrawn(sandbox, opened):
    """Trap 13, race C10."""
    provider, external_id, _request = opened
    sandbox.press(external_id, "agree", userid="lisi")
    sandbox.press(external_id, "state", reverted=True)
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor) == (Outcome.WITHDRAWN, None)
    assert found.raw_state == "APPROVED/PASS/reverted"


def test_an_unknown_state_is_kept_verbatim(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.press(external_id, "state", status="FROZEN")
    found = provider.fetch(external_id)
    assert (found.outcome, found.raw_state) == (Outcome.UNKNOWN, "FROZEN")


def test_a_transferred_card_names_who_decided(sandbox, opened):
    """Pitfall 7, trap 8: the transferor is not the approver."""
    provider, external_id, _request = opened
    sandbox.press(external_id, "redirect", userid="lisi", to="sunqi")
    assert provider.fetch(external_id).outcome is Outcome.PENDING
    sandbox.press(external_id, "agree", userid="sunqi")
    assert provider.fetch(external_id).actor == SUNQI


def test_a_card_that_passed_by_itself_says_so(sandbox, opened):
    """Trap 6."""
    provider, external_id, _request = opened
    sandbox.press(external_id, "state", auto_pass=True)
    found = provider.fetch(external_id)
    assert (found.outcome, found.actor, found.automatic) == (Outcome.APPROVED, None, True)


# Which cards to fetch


def test_due_cards_are_all_worth_a_fetch_and_cost_nothing(adapter, opened):
    provider, external_id, request = opened
    before = len(adapter.counted)
    assert list(provider.changed([CardRef(external_id, request.template_code, NOW)])) == [
        external_id
    ]
    assert list(provider.changed([])) == []
    assert len(adapter.counted) == before


def test_one_search_brings_the_decided_ones_forward(sandbox, adapter):
    """Trap 22 and §5.5: what moved since, newest first; a hint only."""
    provider = adapter()
    code = provider.prepare_template(None)
    sandbox.post("/rules", feishu_per_minute=None, feishu_t4_per_second=None)
    ids = [provider.start(card_request(template_code=code, key=f"K{n}")) for n in range(12)]
    sandbox.press(ids[3], "agree", userid="lisi")
    sandbox.press(ids[7], "refuse", userid="lisi")
    sandbox.press(ids[9], "redirect", userid="lisi", to="sunqi")
    before = len(adapter.counted)
    cards = [CardRef(ids[0], code, NOW)] + [CardRef(one, code, NOW, False) for one in ids[1:]]
    found = list(provider.changed(cards))
    assert found[0] == ids[0]
    assert sorted(found[1:]) == sorted([ids[3], ids[7]])
    assert adapter.counted[before:] == ["search"]


def test_each_definition_is_searched_once(sandbox, adapter):
    provider = adapter()
    codes = [provider.prepare_template(None) for _ in range(2)]
    ids = [provider.start(card_request(template_code=code, key=code)) for code in codes]
    sandbox.press(ids[1], "agree", userid="lisi")
    before = len(adapter.counted)
    cards = [CardRef(*pair, NOW, False) for pair in zip(ids, codes, strict=True)]
    assert list(provider.changed([*cards, CardRef("x", "", NOW, False)])) == [ids[1]]
    assert adapter.counted[before:] == ["search"] * 2


def test_a_search_without_its_permission_costs_the_hint_only(sandbox, opened, caplog):
    provider, external_id, request = opened
    sandbox.press(external_id, "agree", userid="lisi")
    sandbox.post("/scopes", provider="feishu", revoke=["approval:approval:readonly"])
    due = CardRef("due", request.template_code, NOW)
    other = CardRef(external_id, request.template_code, NOW, False)
    assert list(provider.changed([due, other])) == ["due"]
    assert "search" in caplog.text


def test_a_throttled_search_raises_since_the_app_must_wait(sandbox, opened):
    provider, external_id, request = opened
    sandbox.fault("tasks/search", "qps")
    refs = [CardRef(external_id, request.template_code, NOW, False)]
    assert refused(lambda: list(provider.changed(refs))).throttled


def test_a_search_that_is_not_answered_costs_the_hint_only(sandbox, opened):
    provider, external_id, request = opened
    sandbox.fault("tasks/search", "lost_before")
    refs = [
        CardRef(external_id, request.template_code, NOW, True),
        CardRef("another", request.template_code, NOW, False),
    ]
    assert list(provider.changed(refs)) == [external_id]


def test_a_search_ends_after_a_few_pages_and_at_what_is_old(sandbox, adapter, opened):
    provider, external_id, request = opened
    now = int(NOW.timestamp() * 1000)

    def page(update_time, has_more=True):
        one = {"instance": {"code": external_id, "status": "approved"},
               "task": {"status": "approved", "update_time": str(update_time)}}  # fmt: skip
        return {"code": 0, "data": {"task_list": [one], "has_more": has_more, "page_token": "t"}}

    refs = [CardRef(external_id, request.template_code, NOW, False)]
    sandbox.fault("tasks/search", "status", status=200, body=page(now), times=None)
    before = len(adapter.counted)
    assert list(provider.changed(refs)) == [external_id]
    assert adapter.counted[before:] == ["search"] * 3
    sandbox.post("/reset")
    sandbox.fault("tasks/search", "status", status=200, body=page(now - 3 * 3600_000), times=None)
    before = len(adapter.counted)
    assert list(provider.changed(refs)) == [external_id]
    assert adapter.counted[before:].count("search") == 1


# Deciding in the portal


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


# Withdrawing


def test_a_card_is_withdrawn_with_the_reason(sandbox, opened):
    """Pitfall 1. The reason is a comment of the originator's: a withdrawal has no words."""
    provider, external_id, _request = opened
    assert provider.withdraw(external_id, ZHANGSAN, "工单已关闭") is Ended.DONE
    assert provider.fetch(external_id).outcome is Outcome.WITHDRAWN
    (shown,) = sandbox.cards()
    assert [(one["user"], one["comment"]) for one in shown["comments"]] == [
        ("zhangsan", "工单已关闭")
    ]


def test_an_approved_card_is_left_alone(sandbox, opened):
    """§4.3: to cancel it would open it again; not even where the definition would allow it."""
    provider, external_id, request = opened
    sandbox.post(f"/templates/{request.template_code}", settings={"revert_interval": 9999})
    approved = provider.start(replace(request, key="K2"))
    sandbox.press(approved, "agree", userid="lisi")
    assert provider.withdraw(approved, ZHANGSAN, "x") is Ended.BEFORE
    assert provider.fetch(approved).outcome is Outcome.APPROVED
    assert all(not one["comments"] for one in sandbox.cards())
    assert not any("cancel" in path for path in sandbox.paths())
    assert provider.fetch(external_id).outcome is Outcome.PENDING


def test_what_has_ended_or_is_gone_ended_before(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.press(external_id, "refuse", userid="lisi")
    assert provider.withdraw(external_id, ZHANGSAN, "x") is Ended.BEFORE
    sandbox.press(external_id, "state", deleted=True)
    assert provider.withdraw(external_id, ZHANGSAN, "x") is Ended.BEFORE
    assert provider.withdraw("never-was", ZHANGSAN, "x") is Ended.BEFORE


def test_the_reason_is_left_once(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.fault("instances/cancel", "lost_before")
    error = refused(provider.withdraw, external_id, ZHANGSAN, '工单 "7"\n已关闭')
    assert error.kind is Kind.UNKNOWN_OUTCOME
    assert provider.withdraw(external_id, ZHANGSAN, '工单 "7"\n已关闭') is Ended.DONE
    (shown,) = sandbox.cards()
    assert [one["comment"] for one in shown["comments"]] == ['工单 "7"\n已关闭']


@pytest.mark.parametrize("kind", ["lost_after", "status"])
def test_a_comment_that_fails_keeps_nobody_from_withdrawing(sandbox, opened, kind):
    provider, external_id, _request = opened
    sandbox.fault("/comments", kind)
    assert provider.withdraw(external_id, ZHANGSAN, "x") is Ended.DONE
    assert sandbox.cards()[0]["status"] == "CANCELED"


def test_a_comment_that_is_not_allowed_keeps_nobody_from_withdrawing(sandbox, opened, caplog):
    provider, external_id, _request = opened
    sandbox.post(
        "/scopes",
        provider="feishu",
        revoke=["approval:approval"],
        grant=["approval:instance", "approval:definition", "approval:task"],
    )
    assert provider.withdraw(external_id, ZHANGSAN, "x") is Ended.DONE
    assert "without its reason" in caplog.text


def test_a_withdrawal_that_lost_the_race_accepts_what_holds(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.fault("instances/cancel", "status", status=400, body={"code": 1390001, "msg": "x"})
    ended = {"code": 0, "data": {"approval_code": "a", "status": "APPROVED"}}
    sandbox.fault(f"{INSTANCES}/{external_id}$", "status", status=200, body=ended, skip=1)
    assert provider.withdraw(external_id, ZHANGSAN, "x") is Ended.BEFORE


def test_a_forbidden_withdrawal_is_shown(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.post("/rules", allow_withdraw=False)
    error = refused(provider.withdraw, external_id, ZHANGSAN, "x")
    assert error.kind is Kind.REFUSED
    assert provider.fetch(external_id).outcome is Outcome.PENDING


def test_a_card_in_an_unknown_state_is_not_cancelled(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.press(external_id, "state", status="FROZEN")
    error = refused(provider.withdraw, external_id, ZHANGSAN, "x")
    assert (error.code, error.kind, error.message) == ("unknown_state", Kind.REFUSED, "FROZEN")
    assert provider.explain(error)[1]


def test_a_comment_is_left(sandbox, opened):
    """Trap 27: the content is a JSON text, and it belongs to a person."""
    provider, external_id, _request = opened
    provider.comment(external_id, ZHANGSAN, '提醒"一下"\n' + "长" * 3000)
    (said,) = sandbox.cards()[0]["comments"]
    assert said["user"] == "zhangsan"
    assert said["comment"].startswith('提醒"一下"\n长')
    assert "已截断" in said["comment"]
    assert provider.commented(external_id, '提醒"一下"\n' + "长" * 3000)


def test_a_comment_on_an_ended_card_may_be_refused(sandbox, opened):
    provider, external_id, _request = opened
    sandbox.press(external_id, "agree", userid="lisi")
    sandbox.post("/rules", comment_after_end=False)
    error = refused(provider.comment, external_id, ZHANGSAN, "x")
    assert (error.code, error.kind) == ("1390009", Kind.REFUSED)


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("上线成功", "上线成功"),
        ('{"text": "上线成功"}', "上线成功"),
        (r'{"text":"\u4e0a\u7ebf成功","files":[]}', "上线成功"),
        *((odd, odd) for odd in ("", "{", "{}", '{"text": 5}', "{" * 100_000)),
    ],
    ids=lambda value: value[:12],
)
def test_a_comment_is_read_bare_or_as_a_json_text(shown, text):
    comments = [{"open_id": ZHANGSAN, "comment": shown}]
    data = {"approval_code": "a", "status": "APPROVED", "comment_list": comments}
    assert reading.instance({"data": data}).comments[0].text == text


# The making


@pytest.fixture(scope="module")
def shared_sandbox():
    made = Sandbox()
    yield made
    made.close()


@pytest.fixture
def environment(shared_sandbox):
    return {"FEISHU_API_URL": shared_sandbox.url}


@pytest.mark.usefixtures("context")
def test_the_factory_takes_the_apps_settings():
    counted = []
    credentials = AppCredentials(FEISHU_APP_ID, FEISHU_APP_SECRET)
    provider = make(credentials, 30, counted.append)
    assert provider.account(Contact(phone="+8613800000003")).external_id == WANGWU
    assert provider.prepare_template(None)
    assert counted == ["token", "batch_get_id", "definition_write"]
    late = make(credentials, 0.5, counted.append)
    error = refused(late.fetch, "x")
    assert (error.code, error.kind) == ("deadline", Kind.RETRY)
