"""Another app of a platform is saved: what becomes of the cards of the one before, and of one that
is back.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import Select
from sqlalchemy.orm import joinedload

from portal.domain import approvals, deliveries, records
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    Approval,
    ApprovalState,
    Delivery,
    DeliveryAction,
    DeliveryState,
    StepState,
    Ticket,
    TicketStep,
)

# The code of what was not sent any more, since its app was changed.
APP_CHANGED = "app_changed"


def lock(provider: str, old_app_key: str, app_key: str) -> None:
    """Hold what the change is about, in everybody's order: no two acts wait for each other.

    Tickets come first, then what is to be sent; the settings, and the cards, after these.
    """
    waiting = _out_of_reach(provider, app_key).join(Approval.step)
    tickets = waiting.with_only_columns(TicketStep.ticket_id).order_by(None)
    rows = db.select(Ticket.id).where(Ticket.id.in_(tickets)).order_by(Ticket.id)
    db.session.execute(rows.with_for_update())
    unsent = _unsent(provider, old_app_key).order_by(Delivery.id).with_for_update()
    db.session.scalars(unsent.execution_options(populate_existing=True)).all()


def left(provider: str, app_key: str) -> tuple[int, int]:
    """The provider has another app now: this one's cards are out of reach, and say so.

    Answers how many were open, and how many more were still to be ended over there.
    """
    if not app_key:
        return 0, 0
    cards = db.session.scalars(
        db.select(Approval).where(
            Approval.provider == provider,
            Approval.app_key == app_key,
            Approval.state.in_(approvals.LIVE),
        )
    ).all()
    for approval in cards:
        approval.raw_state = ""  # nobody looks any more: whether it waits there is not known
        again = _("请点击「重新发送」用新应用发起") if approval.step else _("可以再发送一张")
        approvals.break_card(approval, _untold() + again)
        is_broken = approval.state == ApprovalState.BROKEN  # a sweep may have been as fast
        approval.is_out_of_reach = is_broken and approval.step is not None
    unended = 0
    for delivery in db.session.scalars(_unsent(provider, app_key)):
        deliveries.void(delivery, _("应用已更换，旧应用的对接不再发送"), APP_CHANGED)
        if delivery.action in deliveries.ENDINGS:
            unended += 1
            delivery.approval.raw_state = ""  # as above
            delivery.approval.problem = _(
                "应用已更换，旧应用中的这条审批没有结束，可能仍显示待审批，在那里操作不会生效；"
                "换回该应用后会自动结束"
            )
    return len(cards), unended


def returned(provider: str, app_key: str) -> int:
    """The app was this one before: what was to be ended there then is ended now, and the cards
    whose steps still wait are followed again. Answers how many are.
    """
    _send_again(
        Delivery.provider == provider,
        Delivery.app_key == app_key,
        Delivery.action.in_((*deliveries.ENDINGS, DeliveryAction.WITHDRAW_TWIN)),
    )
    return sum(_take_up(card) for card in _left_behind(provider, app_key))


def _untold() -> str:
    return _("应用已更换，换回该应用前不跟踪这条审批。")


def _unsent(provider: str, app_key: str) -> Select[tuple[Delivery]]:
    return db.select(Delivery).where(
        Delivery.provider == provider,
        Delivery.app_key == app_key,
        Delivery.state.in_(deliveries.UNFINISHED),
    )


def _out_of_reach(provider: str, app_key: str) -> Select[tuple[Approval]]:
    """The steps' cards, newest first: of a step's several, the last one is followed again."""
    return (
        db.select(Approval)
        .where(
            Approval.provider == provider,
            Approval.app_key == app_key,
            Approval.is_out_of_reach,
            Approval.step_id.is_not(None),
        )
        .order_by(Approval.id.desc())
    )


def _left_behind(provider: str, app_key: str) -> Sequence[Approval]:
    cards = _out_of_reach(provider, app_key).options(
        joinedload(Approval.step).joinedload(TicketStep.ticket)
    )
    return db.session.scalars(cards.execution_options(populate_existing=True)).all()


def _send_again(*conditions) -> None:
    """What was not sent since the app was changed, and is so."""
    deliveries.queue_again(
        Delivery.state == DeliveryState.VOID,
        Delivery.last_code == APP_CHANGED,
        *conditions,
        last_code="",
        last_message="",
    )


def _take_up(card: Approval) -> bool:
    """Follow it, whatever was pressed there meanwhile; or take it back, if nothing is asked now."""
    card.is_out_of_reach = False
    step = card.step
    is_asked = step.state == StepState.OPEN and approvals.asks_by_card(step)
    if not is_asked or approvals.rival(card) is not None:
        approvals.withdraw_left_behind(card)
        return False
    if card.external_id:
        approvals.revive(card, ApprovalState.PENDING)
        card.next_poll_at = database_now(db.session)
    else:
        approvals.revive(card, ApprovalState.QUEUED)
        _send_again(Delivery.approval_id == card.id, Delivery.action == DeliveryAction.START)
    for other in approvals.cards_of(step):
        if other.is_out_of_reach and other.provider == card.provider:
            other.problem = _untold()  # nothing is to be sent again
    records.add(
        records.Action.CARD_FOLLOWED,
        approvals.subject_of_card(card),
        None,
        {"provider": card.provider},
    )
    return True
