"""What switching a platform, its app, or a project's 在 IM 中上线 does to cards."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.domain import approvals, deliveries
from portal.extensions import db
from portal.models import (
    Approval,
    ApprovalState,
    Delivery,
    DeliveryAction,
    DeliveryState,
    Project,
    ProviderSetting,
    StepKind,
    StepState,
    Ticket,
    TicketStep,
)

# The code of what was not sent any more, since its app was changed.
APP_CHANGED = "app_changed"


def provider_enabled(provider: str) -> int:
    """The provider was switched on: open cards for the open steps that have none there.

    A superseded one asks nobody: its step was scheduled, say, and is to be decided again.
    """
    setting = db.session.scalars(db.select(ProviderSetting).filter_by(provider=provider)).one()
    has_card = db.exists().where(
        Approval.step_id == TicketStep.id,
        Approval.provider == provider,
        Approval.state != ApprovalState.SUPERSEDED,
    )
    query = db.select(TicketStep).where(TicketStep.state == StepState.OPEN, ~has_card)
    steps = [step for step in db.session.scalars(query) if approvals.asks_by_card(step)]
    for step in steps:
        approvals.open_card(step, setting)
    return len(steps)


def im_execute_changed(project: Project) -> None:
    """允许在 IM 中上线 was switched: open execute steps get their cards, or lose them."""
    steps = db.session.scalars(
        db.select(TicketStep)
        .join(Ticket, Ticket.id == TicketStep.ticket_id)
        .where(
            Ticket.project_id == project.id,
            TicketStep.kind == StepKind.EXECUTE,
            TicketStep.state == StepState.OPEN,
        )
    ).all()
    for step in steps:
        if not project.im_execute:
            approvals.supersede_cards(step)
        elif not any(card.state in approvals.LIVE for card in approvals.cards_of(step)):
            approvals.open_step(step)


def lock_unsent(provider: str, app_key: str) -> None:
    """Before the settings and the cards, as the jobs lock them: no two wait for each other."""
    rows = _unsent(provider, app_key).order_by(Delivery.id).with_for_update()
    db.session.scalars(rows.execution_options(populate_existing=True)).all()


def _unsent(provider: str, app_key: str):
    return db.select(Delivery).where(
        Delivery.provider == provider,
        Delivery.app_key == app_key,
        Delivery.state.in_(deliveries.UNFINISHED),
    )


def app_changed(provider: str, old_app_key: str) -> tuple[int, int]:
    """The provider has another app now: the old one's cards are out of reach, and say so.

    Answers how many were open, and how many more were still to be ended over there.
    """
    if not old_app_key:
        return 0, 0
    cards = db.session.scalars(
        db.select(Approval).where(
            Approval.provider == provider,
            Approval.app_key == old_app_key,
            Approval.state.in_(approvals.LIVE),
        )
    ).all()
    for approval in cards:
        again = _("请点击「重新发送」用新应用发起") if approval.step else _("可以再发送一张")
        approval.raw_state = ""  # nobody looks any more: whether it waits there is not known
        approvals.break_card(approval, _("应用已更换，旧应用中的这条审批不再跟踪。") + again)
    unended = 0
    for delivery in db.session.scalars(_unsent(provider, old_app_key)):
        deliveries.void(delivery, _("应用已更换，旧应用的对接不再发送"), APP_CHANGED)
        if delivery.action in deliveries.ENDINGS:
            unended += 1
            delivery.approval.raw_state = ""  # as above
            delivery.approval.problem = _(
                "应用已更换，旧应用中的这条审批没有结束，可能仍显示待审批，在那里操作不会生效；"
                "换回该应用后会自动结束"
            )
    return len(cards), unended


def app_returned(provider: str, app_key: str) -> None:
    """The app was this one before: what was to be ended there then is ended now."""
    deliveries.queue_again(
        Delivery.provider == provider,
        Delivery.app_key == app_key,
        Delivery.state == DeliveryState.VOID,
        Delivery.last_code == APP_CHANGED,
        Delivery.action.in_((*deliveries.ENDINGS, DeliveryAction.WITHDRAW_TWIN)),
        last_code="",
        last_message="",
    )
