"""Cards: one per step and provider; opened, ended and resent in their cause's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from flask import current_app
from flask_babel import gettext as _

from portal.domain import deliveries, installation, records, restored, states, tries
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.kit.clock import database_now, utc_now
from portal.models import (
    Approval,
    ApprovalState,
    Delivery,
    DeliveryAction,
    DeliveryState,
    Member,
    ProviderSetting,
    StepKind,
    StepState,
    Ticket,
    TicketStatus,
    TicketStep,
)

LIVE = (ApprovalState.QUEUED, ApprovalState.PENDING)
RESENDABLE = (ApprovalState.BROKEN, ApprovalState.WITHDRAWN)


def subject_of(ticket: Ticket) -> str:
    """How records name a ticket."""
    return f"ticket:{ticket.project.name}/{ticket.number}"


def subject_of_card(approval: Approval) -> str:
    """What a record about this card is about: its ticket, or the platform for a sample."""
    step = approval.step
    return subject_of(step.ticket) if step else f"provider:{approval.provider}"


def is_wanted(approval: Approval) -> bool:
    """Whether the card is to be opened, or still has something to ask."""
    if approval.state not in LIVE:
        return False
    return approval.step is None or approval.step.state == StepState.OPEN


def enabled_providers(is_held: bool = False) -> list[ProviderSetting]:
    """The providers that are switched on and have an app.

    is_held: as they are now they stay till the commit. A row that is put for an app which is
    changed meanwhile would be nobody's, and one that is switched on would not see the step.
    """
    query = db.select(ProviderSetting).where(~ProviderSetting.is_tracker)
    query = query.order_by(ProviderSetting.provider)
    if is_held:
        query = query.with_for_update(read=True).execution_options(populate_existing=True)
    return [one for one in db.session.scalars(query) if one.is_enabled and one.app_key]


def asks_by_card(step: TicketStep) -> bool:
    """Whether the step's assignees are asked on the platforms, as the ticket stands.

    An execute step is where its project lets it; once it is scheduled, only for the last question.
    One that is older than a restoration is put online on its page, where the warning stands.
    """
    ticket = step.ticket
    if step.kind == StepKind.AUDIT:
        return True
    if restored.since(ticket) is not None:
        return False
    is_scheduled = ticket.status == TicketStatus.EXEC_SCHEDULED
    is_asked = ticket.asked_at is not None and ticket.confirmed_by_id is None
    return ticket.project.im_execute and (not is_scheduled or is_asked)


def open_step(step: TicketStep) -> None:
    """The step waits for its assignees now: queue a card in every provider that is on."""
    if asks_by_card(step):
        for setting in enabled_providers(is_held=True):
            open_card(step, setting)


def open_card(step: TicketStep, setting: ProviderSetting) -> Approval:
    """Queue the next card of this step in this provider."""
    last = db.session.scalar(
        db.select(db.func.max(Approval.issue_number)).filter_by(
            step_id=step.id, provider=setting.provider
        )
    )
    number = (last or 0) + 1
    approval = Approval(
        step=step,
        provider=setting.provider,
        issue_number=number,
        key=installation.card_key(step, number),
        live_key=_live_key(step.id, setting.provider),
        app_key=setting.app_key,
        state=ApprovalState.QUEUED,
    )
    db.session.add(approval)
    db.session.flush()
    deliveries.put(approval, DeliveryAction.START)
    return approval


def _live_key(step_id: int | None, provider: str) -> str:
    return f"{step_id or 'sample'}:{provider}"


def rival(approval: Approval) -> Approval | None:
    """Another card of the same step and platform that is live."""
    live_key = _live_key(approval.step_id, approval.provider)
    other = db.select(Approval).where(Approval.live_key == live_key, Approval.id != approval.id)
    return db.session.scalar(other)


def revive(approval: Approval, state: ApprovalState) -> None:
    """It is live again. The caller has seen that it has no rival."""
    approval.state = state
    approval.live_key = _live_key(approval.step_id, approval.provider)
    approval.problem = ""


def cards_of(step: TicketStep) -> list[Approval]:
    """Every card this step ever had, oldest first."""
    return list(
        db.session.scalars(db.select(Approval).filter_by(step_id=step.id).order_by(Approval.id))
    )


def end(approval: Approval, state: ApprovalState, problem: str = "", raw_state: str = "") -> bool:
    """Move a live card to a final state; False when it was final already (R11)."""
    done = db.session.execute(
        db.update(Approval)
        .where(Approval.id == approval.id, Approval.state.in_(LIVE))
        .values(state=state, live_key=None, next_poll_at=None)
        .execution_options(synchronize_session="fetch")
    )
    if done.rowcount != 1:
        return False
    if problem:
        approval.problem = problem
    if raw_state:
        approval.raw_state = raw_state[:255]
    return True


def break_card(approval: Approval, problem: str, raw_state: str = "") -> None:
    """A person is needed: say why on the ticket. The step stays open in the portal."""
    if end(approval, ApprovalState.BROKEN, problem, raw_state):
        records.add(
            records.Action.CARD_BROKEN,
            subject_of_card(approval),
            None,
            {"provider": approval.provider, "problem": problem},
        )


def supersede_cards(
    step: TicketStep, actor: Member | None = None, agreed: bool | None = None
) -> None:
    """The step was decided or ended elsewhere: finish or withdraw each of its live cards.

    actor and agreed: who decided and how, where it was a decision; their own task is then
    finished over there. Otherwise, or when they have none, the card is withdrawn.
    """
    for approval in cards_of(step):
        if approval.state in LIVE and end(approval, ApprovalState.SUPERSEDED):
            _end_over_there(approval, actor, agreed)
        else:
            withdraw_left_behind(approval)


def withdraw_left_behind(approval: Approval) -> None:
    """A broken card may still wait over there: its start was given up in doubt, or its app was
    another one for a while. Nobody withdraws it while its app is another one.
    """
    if approval.state != ApprovalState.BROKEN or approval.raw_state:
        return
    app = {"provider": approval.provider, "app_key": approval.app_key}
    if db.session.scalar(db.select(ProviderSetting.id).filter_by(**app)) is None:
        return
    ending = db.select(Delivery.id).where(
        Delivery.approval_id == approval.id, Delivery.action.in_(deliveries.ENDINGS)
    )
    may_be_there = approval.external_id or tries.doubtful_since(deliveries.start_of(approval))
    if may_be_there and not db.session.scalar(ending):
        earliest = earliest_withdrawal(approval)
        deliveries.put(approval, DeliveryAction.WITHDRAW, not_before=earliest)


def _end_over_there(approval: Approval, actor: Member | None, agreed: bool | None) -> None:
    start = deliveries.start_of(approval)
    surely_not_sent = approval.external_id is None and not tries.doubtful_since(start)
    if surely_not_sent and start.state == DeliveryState.QUEUED:
        deliveries.void(start, _("该步骤已经结束，审批无需再发送"))
    if surely_not_sent and start.state != DeliveryState.SENDING:
        return
    if actor is not None and agreed is not None:
        payload = {"member_id": actor.id, "agreed": agreed}
        deliveries.put(approval, DeliveryAction.DECIDE, payload)
    else:
        deliveries.put(approval, DeliveryAction.WITHDRAW, not_before=earliest_withdrawal(approval))


def earliest_withdrawal(approval: Approval):
    """Platforms refuse to terminate a card just started (DingTalk: 15 s); None when no wait."""
    seconds = current_app.config.get(f"{approval.provider.upper()}_WITHDRAW_SECONDS", 0)
    if not seconds or approval.started_at is None:
        return None
    return approval.started_at + timedelta(seconds=seconds)


def may_be_resent(cards: Sequence[Approval]) -> bool:
    """Whether an open step may ask anew, with these on the platform, oldest first.

    An older one may be live again: its app was another one for a while.
    """
    return cards[-1].state in RESENDABLE and not any(card.state in LIVE for card in cards)


def resend(ticket: Ticket, actor: Member, provider: str) -> Approval:
    """重新发送: a new card for the open step, whose last one is broken or withdrawn."""
    step = states.open_step(ticket)
    if step is None or not asks_by_card(step):
        raise RuleError(_("当前没有等待审批的步骤"), "provider")
    if not provider:
        raise RuleError(_("请选择要重新发送的审批平台"), "provider")
    enabled = {row.provider: row for row in enabled_providers(is_held=True)}
    setting = enabled.get(provider)
    if setting is None:
        raise RuleError(_("该审批平台没有启用，请管理员先在「流程对接」中启用"), "provider")
    cards = [card for card in cards_of(step) if card.provider == provider]
    if cards and not may_be_resent(cards):
        raise RuleError(_("该步骤的审批仍然有效，无需重新发送"), "provider")
    for card in cards:
        withdraw_left_behind(card)
    approval = open_card(step, setting)
    records.add(records.Action.CARD_RESENT, subject_of(ticket), actor, {"provider": provider})
    return approval


def ask_now(step: TicketStep) -> None:
    """Ask for this step's pending cards with the very next sweep."""
    pending = (Approval.step_id == step.id, Approval.state == ApprovalState.PENDING)
    db.session.execute(
        db.update(Approval)
        .where(*pending)
        .values(next_poll_at=database_now(db.session))
        .execution_options(synchronize_session=False)
    )


def poll_soon(cards: Iterable[Approval]) -> None:
    """Somebody looks at these: ask for the pending ones within one sweep.

    Writes in a small transaction of its own, since a page view only reads.
    """
    pending = [one for one in cards if one.state == ApprovalState.PENDING and one.next_poll_at]
    seconds = timedelta(seconds=current_app.config["SWEEP_SECONDS"])
    if not pending or max(one.next_poll_at for one in pending) <= utc_now() + seconds:
        return
    soon = database_now(db.session) + seconds
    late = (Approval.id.in_([one.id for one in pending]), Approval.next_poll_at > soon)
    still = Approval.state == ApprovalState.PENDING
    with db.engine.begin() as connection:
        connection.execute(db.update(Approval).where(*late, still).values(next_poll_at=soon))
