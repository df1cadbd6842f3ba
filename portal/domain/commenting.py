"""Leaving a comment on a card, once: a try that follows one in doubt looks for it first (R8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.domain import app_health, deliveries, notice_texts, tries
from portal.domain.deliveries import Claim
from portal.domain.looking import TooEarly
from portal.domain.provider import ApprovalProvider
from portal.extensions import db
from portal.kit.clock import database_now
from portal.kit.conflicts import repeated


@dataclass(frozen=True)
class _Remark:
    """What is to be said, as plain values, while no transaction is open.

    author: whose comment it is over there: a comment is always somebody's, and the card's
    originator is the one who is surely known there.
    """

    external_id: str
    author: str
    text: str
    is_in_doubt: bool


def leave(claim: Claim, provider: ApprovalProvider, checkpoint: Callable[[], None]) -> None:
    """Carry the delivery out. Raises TooEarly, ProviderError."""
    remark = _remark(claim)
    if remark is None:
        return
    if not (remark.is_in_doubt and _is_there(claim, remark, provider, checkpoint)):
        if deliveries.mine(claim) is None:
            return
        deliveries.mark_wire(claim)
        checkpoint()
        provider.comment(remark.external_id, remark.author, remark.text)
    repeated(checkpoint, _left, claim)


def _remark(claim: Claim) -> _Remark | None:
    """None: the lease was lost, or there is nothing left to be done."""
    delivery = deliveries.mine(claim)
    if delivery is None:
        return None
    if any(one.outcome == "yes" for one in delivery.tries):
        _left(claim)  # by a process that lost its lease before it could say so
        return None
    card = delivery.approval
    if card.external_id is None:
        deliveries.note(claim, "no", "void")
        deliveries.void(delivery, _("审批没有发出，无法评论"))
        return None
    doubts = tries.doubtful_since(delivery)
    if doubts and tries.settles_at(delivery) > database_now(db.session):
        raise TooEarly(tries.settles_at(delivery))
    text = notice_texts.text_of(delivery)
    return _Remark(card.external_id, card.originator_id, text, bool(doubts))


def _is_there(
    claim: Claim,
    remark: _Remark,
    provider: ApprovalProvider,
    checkpoint: Callable[[], None],
) -> bool:
    """Whether a try in doubt has left it; what is found counts for all of them."""
    checkpoint()
    found = provider.commented(remark.external_id, remark.text)
    delivery = deliveries.mine(claim)
    if delivery is not None:
        tries.settle(delivery, "yes" if found else "no")
    return found


def _left(claim: Claim) -> None:
    deliveries.note(claim, "yes")
    delivery = deliveries.mine(claim)
    if delivery is not None:
        deliveries.sent(delivery)
    app_health.succeeded(claim.leave)
