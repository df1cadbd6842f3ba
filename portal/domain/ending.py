"""Ends a card over there: decided in the portal by one of its people, or no longer wanted.

No transaction is open while a provider is called. `checkpoint` is the entrance's commit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from portal.domain import (
    app_health,
    approvals,
    card_content,
    deliveries,
    failures,
    late,
    looking,
    samples,
    starting,
    tries,
)
from portal.domain.deliveries import Claim
from portal.domain.provider import ApprovalProvider, Decision, Ended
from portal.extensions import db
from portal.kit.clock import utc_now
from portal.kit.conflicts import repeated
from portal.models import Approval, Member

Checkpoint = Callable[[], None]


@dataclass(frozen=True)
class _Ending:
    """What ending a card needs to know, as plain values, while no transaction is open."""

    external_id: str
    originator: str
    reason: str
    earliest: datetime | None


def _plan(card: Approval) -> _Ending:
    return _Ending(
        card.external_id,
        card.originator_id,
        card_content.why_ended(card),
        approvals.earliest_withdrawal(card),
    )


def decide(claim: Claim, provider: ApprovalProvider, checkpoint: Checkpoint) -> None:
    """Finish the actor's own task over there; without one, the whole card."""
    card = _card(claim, provider, checkpoint)
    if card is None:
        return
    delivery = deliveries.mine(claim)
    actor = db.session.get_one(Member, delivery.payload["member_id"])
    agreed = bool(delivery.payload["agreed"])
    account = starting.external_id_of(actor, claim)
    remark, plan = card.step.reason, _plan(card)
    deliveries.mark_wire(claim)
    checkpoint()
    ended = Ended.NO_TASK
    if account:
        ended = provider.decide(plan.external_id, account, agreed, remark)
    if ended is Ended.NO_TASK:
        ended = _withdrawn(claim, provider, plan)
    _finish(claim, provider, plan, ended, checkpoint)


def withdraw(claim: Claim, provider: ApprovalProvider, checkpoint: Checkpoint) -> None:
    """Take the card back, with the reason."""
    card = _card(claim, provider, checkpoint)
    if card is None:
        return
    plan = _plan(card)
    deliveries.mark_wire(claim)
    checkpoint()
    _finish(claim, provider, plan, _withdrawn(claim, provider, plan), checkpoint)


def _withdrawn(claim: Claim, provider: ApprovalProvider, plan: _Ending) -> Ended | None:
    """Withdraw the card; None: put back, since the platform would refuse it as yet."""
    if plan.earliest is not None and plan.earliest > utc_now():
        failures.put_back(claim, plan.earliest)
        return None
    return provider.withdraw(plan.external_id, plan.originator, plan.reason)


def _card(claim: Claim, provider: ApprovalProvider, checkpoint: Checkpoint) -> Approval | None:
    """The card to be finished, unless it never came to be: then the delivery is void.

    Its start may have been given up in doubt: then the card is looked for first.
    """
    delivery = deliveries.mine(claim)
    if delivery is None or delivery.approval.external_id:
        return delivery and delivery.approval
    start = deliveries.start_of(delivery.approval)
    doubts, external_id = tries.doubtful_since(start), tries.answered(start)
    if doubts and external_id is None:
        external_id = looking.look(claim, doubts, provider, checkpoint)
    delivery = deliveries.mine(claim)
    if delivery is None:
        return None
    looking.settle(claim, "no" if external_id is None else "yes")
    if external_id is not None:
        delivery.approval.external_id = external_id
        delivery.approval.started_at = tries.last_wire(start)
        return delivery.approval
    deliveries.note(claim, "no", "void")
    deliveries.void(delivery, _("审批没有发出，无需处理"))
    return None


def _finish(
    claim: Claim,
    provider: ApprovalProvider,
    plan: _Ending,
    ended: Ended | None,
    checkpoint: Checkpoint,
) -> None:
    if ended is None:
        return
    # Somebody over there was as fast as we were: who it was and what they chose is kept.
    decision = provider.fetch(plan.external_id) if ended is Ended.BEFORE else None
    repeated(checkpoint, _card_has_ended, claim, decision, str(provider.title))


def _card_has_ended(claim: Claim, decision: Decision | None, title: str) -> None:
    deliveries.note(claim, "yes")
    delivery = deliveries.mine(claim)
    if delivery is not None:
        deliveries.sent(delivery)
        delivery.approval.problem = ""
        if delivery.approval.step is None:
            samples.withdrawn(delivery.approval)
        elif decision is not None:
            late.note(delivery.approval, decision, title)
    app_health.succeeded(claim.leave)
