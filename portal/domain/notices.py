"""Telling people over there what became of a ticket: one comment, where no card tells it."""

from __future__ import annotations

from portal.domain import approvals, deliveries, sent_cards, told, tries
from portal.domain.sent_cards import SentCards
from portal.domain.told import TOLD, Edge, Way
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    Approval,
    ApprovalState,
    Delivery,
    DeliveryAction,
    ProviderSetting,
    Ticket,
)

__all__ = ["Edge", "tell"]


def tell(ticket: Ticket, edge: Edge, *, run_id: int | None = None, why: str = "") -> None:
    """Queue what people have to be told of this edge, in its own transaction.

    Called last: the ticket, its steps and its cards have moved. Only what no card tells by
    itself becomes a comment, one on each platform that is on, and only where a card of the
    ticket is over there. run_id: the run that ended. why: a code of notice_texts.WHY.
    """
    if Way.COMMENT not in TOLD[edge].ways:
        return
    facts = {"run_id": run_id, "why": why}
    payload = {
        "edge": edge.value,
        "revision": ticket.revision,
        "at": int(database_now(db.session).timestamp()),
    } | {name: value for name, value in facts.items() if value}
    sent = sent_cards.find(ticket)
    for setting in approvals.enabled_providers(is_held=True):
        if not told.by_its_own_card(edge, ticket, setting.provider, sent):
            _comment(setting, sent, payload)


def _comment(setting: ProviderSetting, sent: SentCards, payload: dict) -> None:
    cards = sent.of(setting.provider)
    card = last_over_there(setting, sent)
    if card is not None:
        earlier = sum(one.action == DeliveryAction.COMMENT for one in cards[card])
        deliveries.put(card, DeliveryAction.COMMENT, payload, number=earlier + 1)


def last_over_there(setting: ProviderSetting, sent: SentCards) -> Approval | None:
    """The newest card of this very app that takes a comment; one that surely arrived first.

    A broken one is left aside: it waits for a person, or is not what we think it is.
    """
    cards = {
        card: calls
        for card, calls in sent.of(setting.provider).items()
        if card.app_key == setting.app_key and card.state != ApprovalState.BROKEN
    }
    there = [card for card in cards if card.external_id]
    coming = [card for card, calls in cards.items() if _may_arrive(calls)]
    return (there or coming or [None])[-1]


def _may_arrive(calls: list[Delivery]) -> bool:
    start = calls[0]
    return start.state in deliveries.UNFINISHED or bool(tries.doubtful_since(start))
