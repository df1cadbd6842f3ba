"""A ticket's cards with every call about them, in one query."""

from __future__ import annotations

from dataclasses import dataclass

from portal.extensions import db
from portal.models import Approval, Delivery, ProviderSetting, Ticket, TicketStep


@dataclass(frozen=True)
class SentCards:
    """cards: oldest first, each with its deliveries, its start first.

    enabled: provider → its row, of those with a card here that are on.
    """

    cards: dict[Approval, list[Delivery]]
    enabled: dict[str, ProviderSetting]

    def of(self, provider: str) -> dict[Approval, list[Delivery]]:
        """Those on this platform."""
        return {card: sent for card, sent in self.cards.items() if card.provider == provider}


def find(ticket: Ticket) -> SentCards:
    """The cards of all its steps, of every revision."""
    cards: dict[Approval, list[Delivery]] = {}
    enabled: dict[str, ProviderSetting] = {}
    is_on = db.and_(
        ProviderSetting.provider == Approval.provider,
        ProviderSetting.is_enabled,
        ProviderSetting.app_key != "",
    )
    query = (
        db.select(Approval, Delivery, ProviderSetting)
        .join(TicketStep, TicketStep.id == Approval.step_id)
        .outerjoin(Delivery, Delivery.approval_id == Approval.id)
        .outerjoin(ProviderSetting, is_on)
        .where(TicketStep.ticket_id == ticket.id)
        .order_by(Approval.id, Delivery.id)
    )
    for card, delivery, setting in db.session.execute(query):
        cards.setdefault(card, []).extend([delivery] if delivery else [])
        if setting is not None:
            enabled[card.provider] = setting
    return SentCards(cards, enabled)
