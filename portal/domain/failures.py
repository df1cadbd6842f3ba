"""What becomes of a delivery whose call failed: tried again later, or given up with its cure."""

from __future__ import annotations

import logging
from datetime import datetime

from flask_babel import gettext as _

from portal.domain import (
    app_health,
    approvals,
    deliveries,
    issue_rows,
    settings,
    starting,
    templates,
    tries,
)
from portal.domain.deliveries import Claim
from portal.domain.provider import ApprovalProvider, Kind, ProviderError
from portal.domain.starting import CannotStart
from portal.domain.tracker import IssueTracker
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import Delivery, DeliveryAction

log = logging.getLogger(__name__)
# Refused for good: nobody tries again by himself.
FINAL_KINDS = {Kind.CREDENTIALS, Kind.PERMISSION, Kind.NOT_FOUND, Kind.REFUSED}
# The card is gone or takes no comment any more, or its originator has left: no cure is needed.
NOT_ON_THIS_CARD = {Kind.NOT_FOUND, Kind.REFUSED}
# After these a second one may come to be: what was sent must have settled before the next try.
CREATING = {
    DeliveryAction.START,
    DeliveryAction.TEMPLATE,
    DeliveryAction.COMMENT,
    DeliveryAction.ISSUE,
}
# These are worth so many answers that leave their outcome open: each costs a look, too.
MOST_OPEN_ANSWERS = 3


def note(claim: Claim, provider: ApprovalProvider | IssueTracker, error: ProviderError) -> None:
    """The call did not end well: try later, or give up, by the error's kind."""
    attempt = deliveries.attempt_of(claim)
    in_doubt = attempt.wire_at is not None and error.kind is Kind.UNKNOWN_OUTCOME
    deliveries.note(claim, "doubt" if in_doubt else "no", error.code)
    if error.kind in {Kind.PERMISSION, Kind.NOT_FOUND, Kind.REFUSED}:
        app_health.succeeded(claim.leave)  # a no is an answer like any other
    else:
        app_health.failed(claim.leave, error)
    was_answered = error.http_status is not None and error.http_status < 500
    if in_doubt and was_answered and claim.action == DeliveryAction.START:
        # A platform also answers so when the template was switched off: read it again first.
        templates.doubt(claim.provider)
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
        if claim.action == DeliveryAction.COMMENT and error.kind in NOT_ON_THIS_CARD:
            message, cure = _comment_refused(provider, error)
        else:
            message = error.message or sentence
        give_up(delivery, error.code, message, cure or sentence)
    elif not _try_later(delivery, error, cure, in_doubt):
        give_up(delivery, error.code, error.message, cure or _("请检查网络后点击重试"))
    elif delivery.issue is not None:
        issue_rows.waits(delivery.issue, error.code, error.message or sentence, cure)


def _comment_refused(provider: ApprovalProvider, error: ProviderError) -> tuple[str, str]:
    """What is said of it, and that nobody has to do anything."""
    message = _(
        "%(where)s没有接受这条评论：%(message)s", where=provider.title, message=error.message
    )
    return message, _("无需处理，工单页面已注明")


def _try_later(delivery: Delivery, error: ProviderError, cure: str, in_doubt: bool) -> bool:
    if in_doubt and _is_asked_often_enough(delivery, error):
        return False
    earliest = database_now(db.session)
    if in_doubt and delivery.action in CREATING:
        earliest = tries.settles_at(delivery)
    health = app_health.state(delivery.provider, delivery.app_key)
    if error.kind is Kind.QUOTA and health is not None:
        delivery.retry_from = health.paused_until  # a pause of weeks is not a failure of a day
    return deliveries.retry_later(delivery, error, cure, earliest)


def _is_asked_often_enough(delivery: Delivery, error: ProviderError) -> bool:
    """What may answer so for ever: a platform where an ended card takes no comments, a gateway
    that puts its own page in the place of the tracker's answer.
    """
    if error.http_status is None:
        return False
    if delivery.action == DeliveryAction.ISSUE:
        if error.http_status >= 500:
            return False
    elif delivery.action != DeliveryAction.COMMENT:
        return False
    answers = [one for one in delivery.tries if one.code == error.code and one.wire_at is not None]
    return sum(one.started_at >= delivery.retry_from for one in answers) >= MOST_OPEN_ANSWERS


def give_up(delivery: Delivery, code: str, message: str, cure: str) -> None:
    """A person has to act: say so where they will see it."""
    deliveries.fail(delivery, code, message, cure)
    approval = delivery.approval
    if delivery.action == DeliveryAction.TEMPLATE:
        setting = settings.provider_setting(delivery.provider)
        if templates.is_usable(setting):
            templates.check_failed(setting)
        else:
            for start in templates.waiting_cards(delivery):
                give_up(start, code, message, cure)
    elif delivery.action == DeliveryAction.START:
        approvals.break_card(approval, f"{message}（{code}）{cure}")
    elif delivery.action == DeliveryAction.ISSUE:
        issue_rows.failed(delivery.issue, code, message, cure)
    elif delivery.action in deliveries.ENDINGS:
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
        delivery.last_message = _("已保存的应用密钥无法用当前的加密密钥解密")
        delivery.cure = _("请管理员在「流程对接」中重新填写该应用的密钥，随后自动发送")
        if delivery.issue is not None:
            issue_rows.waits(
                delivery.issue, delivery.last_code, delivery.last_message, delivery.cure
            )


def note_impossible(claim: Claim, reason: CannotStart) -> None:
    """Nothing was sent, and cannot be before something is changed in the portal."""
    deliveries.note(claim, "no", reason.code)
    delivery = deliveries.mine(claim)
    if delivery is None:
        return
    if delivery.approval is None:
        give_up(delivery, reason.code, reason.message, reason.cure)
    else:
        deliveries.fail(delivery, reason.code, reason.message, reason.cure)
        approvals.break_card(delivery.approval, f"{reason.message}{reason.cure}")
    log.warning(
        "delivery %s cannot start: %s", claim.delivery_id, reason.code, extra={"code": reason.code}
    )


def put_back(claim: Claim, due_at: datetime, why: str = tries.WAITING) -> None:
    """No failure: it is only too early for it."""
    delivery = deliveries.mine(claim)
    deliveries.note(claim, "no", why)
    if delivery is not None:
        deliveries.wait(delivery, due_at)
