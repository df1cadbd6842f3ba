"""The adapter against the stand-in: withdrawn, and commented on."""

from dataclasses import replace

import pytest

from portal.blueprints.feishu import reading
from portal.domain.provider import Ended, Outcome
from portal.kit.errors import Kind
from tests.far_side import refused
from tests.feishu.conftest import ZHANGSAN

INSTANCES = "/approval/v4/instances"


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
