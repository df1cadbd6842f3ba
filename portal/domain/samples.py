"""发送一张真实审批给我: a card like any other, which decides nothing and withdraws itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _

from portal.domain import approvals, contacts, deliveries, installation, records, settings
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    Approval,
    ApprovalState,
    Delivery,
    DeliveryAction,
    DeliveryState,
    Member,
    ProviderSetting,
)

# Long enough to look at it on the phone; nothing is left behind after that.
WITHDRAWN_AFTER = timedelta(minutes=10)


def send(provider: str, member: Member, finds_by: Sequence[str]) -> Approval:
    """Queue a card to this member, and its withdrawal. Raises RuleError."""
    setting = _enabled(provider)
    reach = contacts.reaches([member], finds_by)[member.id]
    if reach.problem:
        raise RuleError(
            _("无法发送给你：%(why)s。%(cure)s", why=reach.problem, cure=reach.cure)
        )
    last = latest(provider)
    if last is not None and last.state in approvals.LIVE:
        raise RuleError(_("上一张测试审批还没有结束，请先撤回它，或等它自动撤回。"))
    number = last.issue_number + 1 if last else 1
    approval = Approval(
        step=None,
        sample_for=member,
        provider=provider,
        issue_number=number,
        key=f"P{installation.installation_id()}-SAMPLE-{provider}-I{number}",
        live_key=f"sample:{provider}",
        app_key=setting.app_key,
        state=ApprovalState.QUEUED,
    )
    db.session.add(approval)
    db.session.flush()
    deliveries.put(approval, DeliveryAction.START)
    withdrawn_at = database_now(db.session) + WITHDRAWN_AFTER
    deliveries.put(approval, DeliveryAction.WITHDRAW, not_before=withdrawn_at)
    _record(records.Action.SAMPLE_SENT, approval, member)
    return approval


def withdraw(provider: str, actor: Member) -> None:
    """Withdraw the sample now. Raises RuleError when none is under way."""
    approval = latest(provider)
    is_put_back = False
    if approval is not None and approval.state in approvals.LIVE:
        now = database_now(db.session)
        is_put_back = _put_back(approval, approvals.earliest_withdrawal(approval) or now)
    if not is_put_back:
        raise RuleError(_("没有需要撤回的测试审批。"))
    _record(records.Action.SAMPLE_WITHDRAWN, approval, actor)


def revived(approval: Approval) -> None:
    """It is sent after all: it withdraws itself, counted from now."""
    _put_back(approval, database_now(db.session) + WITHDRAWN_AFTER)


def _put_back(approval: Approval, due_at: datetime) -> bool:
    """The withdrawal is to be made from then on, unless it is made just now or was made."""
    now = database_now(db.session)
    waiting = (DeliveryState.QUEUED, DeliveryState.FAILED, DeliveryState.VOID)
    done = db.session.execute(
        db.update(Delivery)
        .filter_by(approval_id=approval.id, action=DeliveryAction.WITHDRAW)
        .where(Delivery.state.in_(waiting))
        .values(
            state=DeliveryState.QUEUED, due_at=max(now, due_at), retry_from=now, ended_at=None
        )
        .execution_options(synchronize_session="fetch")
    )
    return done.rowcount == 1


def latest(provider: str) -> Approval | None:
    """The newest sample of this provider."""
    return db.session.scalar(
        db.select(Approval)
        .filter_by(provider=provider, step_id=None)
        .order_by(Approval.id.desc())
        .limit(1)
    )


def deliveries_of(approval: Approval) -> list[Delivery]:
    """Every call that this sample caused, its start first."""
    query = db.select(Delivery).filter_by(approval_id=approval.id).order_by(Delivery.id)
    return list(db.session.scalars(query))


def withdrawn(approval: Approval) -> None:
    """Our withdrawal is done."""
    approvals.end(approval, ApprovalState.WITHDRAWN)


def ended(approval: Approval) -> None:
    """The sample was decided or withdrawn over there: nothing is left to be withdrawn."""
    ending = _withdrawal(approval)
    if ending is not None:
        deliveries.void(ending, _("测试审批已经结束，无需撤回"))


def _withdrawal(approval: Approval) -> Delivery | None:
    return db.session.scalar(
        db.select(Delivery).filter_by(
            approval_id=approval.id,
            action=DeliveryAction.WITHDRAW,
            state=DeliveryState.QUEUED,
        )
    )


def _enabled(provider: str) -> ProviderSetting:
    setting = settings.provider_setting(provider)
    if not setting.is_enabled or not setting.app_key:
        raise RuleError(_("请先启用并提交，再发送测试审批。"))
    return setting


def _record(action: records.Action, approval: Approval, actor: Member) -> None:
    records.add(action, f"provider:{approval.provider}", actor, {"provider": approval.provider})
