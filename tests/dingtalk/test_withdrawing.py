"""The adapter against the stand-in: withdrawn, and commented on."""

from portal.domain.provider import Ended, Outcome
from portal.kit.errors import Kind
from tests.dingtalk.conftest import WITHDRAW_SECONDS
from tests.far_side import refused


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
