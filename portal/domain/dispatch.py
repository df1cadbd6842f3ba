"""Carries out one claimed delivery: read and commit, call, write the outcome and commit.

No transaction is open while a provider is called. `checkpoint` is the entrance's commit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _

from portal.domain import app_health, approvals, deliveries, looking, starting
from portal.domain.deliveries import Claim
from portal.domain.provider import ApprovalProvider, Kind, ProviderError
from portal.domain.starting import CannotStart
from portal.extensions import db
from portal.kit.clock import database_now, utc_now
from portal.models import Approval, Delivery, DeliveryAction, Member
from portal.models.ticket import StepState

log = logging.getLogger(__name__)
Checkpoint = Callable[[], None]
# Refused for good: nobody tries again by himself.
FINAL_KINDS = {Kind.CREDENTIALS, Kind.PERMISSION, Kind.NOT_FOUND, Kind.REFUSED}


def carry_out(claim: Claim, provider: ApprovalProvider, checkpoint: Checkpoint) -> None:
    """Do what the delivery asks for, once, and write down what is known of it."""
    works = {
        DeliveryAction.START: _start,
        DeliveryAction.DECIDE: _decide,
        DeliveryAction.WITHDRAW: _withdraw,
    }
    try:
        _carry_out(works[claim.action], claim, provider, checkpoint)
        app_health.release(claim.provider, claim.app_key)
    except ProviderError as error:
        db.session.rollback()
        _note_failure(claim, provider, error)
    checkpoint()


def _carry_out(work, claim: Claim, provider: ApprovalProvider, checkpoint: Checkpoint) -> None:
    try:
        if not _set_aside(claim):
            work(claim, provider, checkpoint)
    except CannotStart as reason:
        _note_impossible(claim, reason)
    except looking.TooEarly as early:
        _put_back(claim, early.due_at)


def _set_aside(claim: Claim) -> bool:
    """A row on which process after process died is not tried once more: a person looks first."""
    delivery = deliveries.mine(claim)
    if delivery is None or not deliveries.crashed_too_often(delivery):
        return False
    deliveries.note(claim, "no", "crashed")
    _give_up(
        delivery,
        "crashed",
        _(
            "处理这条对接时程序连续 %(n)s 次异常退出",
            n=deliveries.CRASHES_BEFORE_GIVING_UP,
        ),
        _("请查看服务日志中该编号附近的错误，处理后点击重试"),
    )
    return True


def _start(claim: Claim, provider: ApprovalProvider, checkpoint: Checkpoint) -> None:
    delivery = deliveries.mine(claim)
    if delivery is None:
        return
    answered = deliveries.answered(delivery)
    if answered is not None:
        _adopt(claim, answered, checkpoint)
        return
    doubts = deliveries.doubtful_since(delivery)
    if doubts:
        external_id = looking.look(claim, doubts, provider, checkpoint)
        if external_id is not None:
            _adopt(claim, external_id, checkpoint)
            return
        _settle(claim, "no")
    if _is_over(claim):
        return
    plan = starting.plan(claim)
    checkpoint()
    found = starting.look_up(plan, provider)
    if _is_over(claim):  # people had the time to end the step meanwhile
        return
    request = starting.begin(claim, plan, found)
    if request is None:
        return
    deliveries.mark_wire(claim)
    checkpoint()
    _adopt(claim, provider.start(request), checkpoint)


def _adopt(claim: Claim, external_id: str, checkpoint: Checkpoint) -> None:
    """Keep the id in the try's own row first: it outlives even a lost lease (R6)."""
    deliveries.note(claim, "yes", external_id=external_id)
    checkpoint()
    starting.started(claim, external_id)
    app_health.succeeded(claim.provider, claim.app_key)


def _settle(claim: Claim, outcome: str) -> None:
    """A look told what became of the earlier tries to start the card."""
    delivery = deliveries.mine(claim)
    if delivery is not None:
        deliveries.settle(deliveries.start_of(delivery.approval), outcome)


def _put_back(claim: Claim, due_at) -> None:
    delivery = deliveries.mine(claim)
    deliveries.note(claim, "no", "waiting")
    if delivery is not None:
        deliveries.wait(delivery, due_at)


def _is_over(claim: Claim) -> bool:
    """The card is no longer wanted and surely was never sent: nothing to do."""
    delivery = deliveries.mine(claim)
    if delivery is None:
        return True
    if delivery.approval.state in approvals.LIVE and delivery.approval.step.state == StepState.OPEN:
        return False
    deliveries.note(claim, "no", "void")
    deliveries.void(delivery, _("该步骤已经结束，审批无需再发送"))
    return True


def _decide(claim: Claim, provider: ApprovalProvider, checkpoint: Checkpoint) -> None:
    card = _card(claim, provider, checkpoint)
    if card is None:
        return
    delivery = deliveries.mine(claim)
    actor = db.session.get_one(Member, delivery.payload["member_id"])
    agreed = bool(delivery.payload["agreed"])
    account = starting.external_id_of(actor, claim)
    remark = card.step.reason
    external_id, originator = card.external_id, card.originator_id
    earliest = approvals.earliest_withdrawal(card)
    reason = approvals.why_ended(card.step)
    deliveries.mark_wire(claim)
    checkpoint()
    done = bool(account) and provider.decide(external_id, account, agreed, remark)
    if not done and not _withdrawn(claim, provider, external_id, originator, reason, earliest):
        return
    _finish(claim)


def _withdraw(claim: Claim, provider: ApprovalProvider, checkpoint: Checkpoint) -> None:
    card = _card(claim, provider, checkpoint)
    if card is None:
        return
    external_id, originator = card.external_id, card.originator_id
    reason = approvals.why_ended(card.step)
    earliest = approvals.earliest_withdrawal(card)
    deliveries.mark_wire(claim)
    checkpoint()
    if _withdrawn(claim, provider, external_id, originator, reason, earliest):
        _finish(claim)


def _withdrawn(  # noqa: PLR0917  plain values, since no transaction is open
    claim: Claim,
    provider: ApprovalProvider,
    external_id: str,
    originator: str,
    reason: str,
    earliest: datetime | None,
) -> bool:
    """Withdraw the card, or put the delivery back while the platform would refuse it."""
    if earliest is not None and earliest > utc_now():
        _put_back(claim, earliest)
        return False
    provider.withdraw(external_id, originator, reason)
    return True


def _card(claim: Claim, provider: ApprovalProvider, checkpoint: Checkpoint) -> Approval | None:
    """The card to be finished, unless it never came to be: then the delivery is void.

    Its start may have been given up in doubt: then the card is looked for first.
    """
    delivery = deliveries.mine(claim)
    if delivery is None or delivery.approval.external_id:
        return delivery and delivery.approval
    start = deliveries.start_of(delivery.approval)
    doubts, external_id = deliveries.doubtful_since(start), deliveries.answered(start)
    if doubts and external_id is None:
        external_id = looking.look(claim, doubts, provider, checkpoint)
    delivery = deliveries.mine(claim)
    if delivery is None:
        return None
    _settle(claim, "no" if external_id is None else "yes")
    if external_id is not None:
        delivery.approval.external_id = external_id
        delivery.approval.started_at = deliveries.last_wire(start)
        return delivery.approval
    deliveries.note(claim, "no", "void")
    deliveries.void(delivery, _("审批没有发出，无需处理"))
    return None


def _finish(claim: Claim) -> None:
    deliveries.note(claim, "yes")
    delivery = deliveries.mine(claim)
    if delivery is not None:
        deliveries.sent(delivery)
        delivery.approval.problem = ""
    app_health.succeeded(claim.provider, claim.app_key)


def _note_failure(claim: Claim, provider: ApprovalProvider, error: ProviderError) -> None:
    attempt = deliveries.attempt_of(claim)
    in_doubt = attempt.wire_at is not None and error.kind is Kind.UNKNOWN_OUTCOME
    deliveries.note(claim, "doubt" if in_doubt else "no", error.code)
    if error.kind in {Kind.PERMISSION, Kind.NOT_FOUND, Kind.REFUSED}:
        app_health.succeeded(claim.provider, claim.app_key)  # a no is an answer like any other
    else:
        app_health.failed(claim.provider, claim.app_key, error)
    if in_doubt:
        # A platform also answers so when the template was switched off: read it again first.
        starting.forget_template_check(claim.provider)
    delivery = deliveries.mine(claim)
    if delivery is None:
        log.warning("delivery %s: the lease was lost", claim.delivery_id)
        return
    sentence, cure = provider.explain(error)
    log.warning(
        "delivery %s (%s) failed: %s %s",
        claim.delivery_id,
        claim.action.value,
        error.kind.value,
        error.code,
        extra={"delivery": claim.delivery_id, "code": error.code, "kind": error.kind.value},
    )
    if error.kind in FINAL_KINDS:
        if error.kind is Kind.REFUSED and starting.doubt_what_we_know(delivery):
            deliveries.wait(delivery, database_now(db.session))
            delivery.last_code, delivery.last_message = error.code, error.message
            return
        _give_up(delivery, error.code, error.message or sentence, cure or sentence)
    elif not _try_later(delivery, error, cure, in_doubt):
        _give_up(delivery, error.code, error.message, cure or _("请检查网络后点击重试"))


def _try_later(delivery: Delivery, error: ProviderError, cure: str, in_doubt: bool) -> bool:
    earliest = database_now(db.session)
    if in_doubt and delivery.action == DeliveryAction.START:
        earliest = deliveries.settles_at(delivery)
    health = app_health.state(delivery.provider, delivery.app_key)
    if error.kind is Kind.QUOTA and health is not None:
        delivery.retry_from = health.paused_until  # a pause of weeks is not a failure of a day
    return deliveries.retry_later(delivery, error, cure, earliest)


def _give_up(delivery: Delivery, code: str, message: str, cure: str) -> None:
    deliveries.fail(delivery, code, message, cure)
    approval = delivery.approval
    if delivery.action == DeliveryAction.START:
        approvals.break_card(approval, f"{message}（{code}）{cure}")
    else:
        approval.problem = _(
            "审批没有在对方平台上结束：%(message)s（%(code)s）%(cure)s",
            message=message,
            code=code,
            cure=cure,
        )


def without_secret(claim: Claim) -> None:
    """The app's secret cannot be read: all of its rows wait until it is entered again."""
    app_health.secret_unreadable(claim.provider, claim.app_key)
    deliveries.note(claim, "no", "secret_unreadable")
    delivery = deliveries.mine(claim)
    if delivery is not None:
        deliveries.wait(delivery, database_now(db.session))
        delivery.last_code = "secret_unreadable"
        delivery.last_message = _("已保存的 AppSecret 无法用当前密钥解密")
        delivery.cure = _("请管理员在「流程对接」中重新填写 AppSecret，随后自动发送")


def _note_impossible(claim: Claim, reason: CannotStart) -> None:
    deliveries.note(claim, "no", reason.code)
    delivery = deliveries.mine(claim)
    if delivery is None:
        return
    deliveries.fail(delivery, reason.code, reason.message, reason.cure)
    approvals.break_card(delivery.approval, f"{reason.message}{reason.cure}")
    log.warning(
        "delivery %s cannot start: %s", claim.delivery_id, reason.code, extra={"code": reason.code}
    )
