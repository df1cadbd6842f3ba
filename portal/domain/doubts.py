"""Deliveries of a restored backup: the old database may have sent them since, so each is in doubt.

Their keys are the same over there, so that a look finds what was sent (R8).
"""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _

from portal.domain import app_changes, approvals, deliveries, failures, settings
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    Approval,
    ApprovalState,
    Delivery,
    DeliveryAction,
    DeliveryAttempt,
    DeliveryState,
    IssueState,
    ProblemIssue,
)

CODE = "restored"


def after_a_restore() -> int:
    """Mark what may have been sent since the backup; answers how many will be looked for first."""
    now = database_now(db.session)
    rows = db.session.scalars(
        db.select(Delivery)
        .outerjoin(Approval, Approval.id == Delivery.approval_id)
        .outerjoin(ProblemIssue, ProblemIssue.id == Delivery.issue_id)
        .where(
            db.or_(
                Delivery.state.in_(deliveries.UNFINISHED),
                _may_be_retried(),
                _waits_for_its_app(),
            )
        )
        .order_by(Delivery.id)
    ).all()
    marked = 0
    for row in rows:
        is_unfinished = row.state in deliveries.UNFINISHED
        if is_unfinished:
            _queue_anew(row, now)
        if row.action in failures.CREATING:
            _mark(row, now)
            can_be_found = row.state == DeliveryState.FAILED or _can_be_found(row)
            marked += is_unfinished and can_be_found
    db.session.flush()
    return marked


def _may_be_retried():
    """Failed ones on which somebody may have pressed 重试 since, as somebody may here."""
    is_waiting = db.and_(
        Delivery.action == DeliveryAction.START,
        Approval.state == ApprovalState.BROKEN,
        Approval.external_id.is_(None),
    )
    is_unpushed = ProblemIssue.state == IssueState.FAILED
    return db.and_(Delivery.state == DeliveryState.FAILED, db.or_(is_waiting, is_unpushed))


def _waits_for_its_app():
    """Not sent since its app was changed: it is, once that app returns, and may have been."""
    return db.and_(
        Delivery.action == DeliveryAction.START,
        Delivery.state == DeliveryState.VOID,
        Delivery.last_code == app_changes.APP_CHANGED,
    )


def _queue_anew(row: Delivery, now: datetime) -> None:
    """Whoever held it is gone; it has its day before it, however old the backup is."""
    row.retry_from = now
    if row.state == DeliveryState.SENDING:
        row.state, row.due_at = DeliveryState.QUEUED, now


def _mark(row: Delivery, now: datetime) -> None:
    """A try that may have left at any time until now: it settles, and is looked for, after that."""
    row.token += 1
    attempt = DeliveryAttempt(
        delivery_id=row.id,
        token=row.token,
        started_at=row.created_at,
        wire_at=row.created_at,
        ended_at=now,
        outcome="doubt",
        code=CODE,
    )
    db.session.add(attempt)


def _can_be_found(row: Delivery) -> bool:
    """Cards are found among those of their template: where none is known, a person has to see."""
    card = row.approval
    if row.action != DeliveryAction.START or card.template_code:
        return True
    setting = settings.provider_setting(row.provider)
    if setting.template_code and setting.template_app_key == row.app_key:
        card.template_code = setting.template_code
        return True
    why = _("从备份恢复：备份中还没有审批模板，无法核对这条审批是否已经发出。")
    problem = why + _("请在审批平台上核对后，点击「重新发送」")
    approvals.break_card(card, problem)
    card.problem, card.is_out_of_reach = problem, False
    deliveries.void(row, why)
    return False
