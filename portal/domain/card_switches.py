"""What switching a platform, or a project's 在 IM 中上线, does to cards."""

from __future__ import annotations

from portal.domain import approvals
from portal.extensions import db
from portal.models import (
    Approval,
    ApprovalState,
    Project,
    ProviderSetting,
    StepKind,
    StepState,
    Ticket,
    TicketStep,
)


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
