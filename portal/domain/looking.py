"""Looking for a card that may have come to be: an earlier try to start it is in doubt (R8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from portal.domain import app_health, card_content, deliveries, tries
from portal.domain.deliveries import Claim
from portal.domain.provider import ApprovalProvider, ApprovalRequest
from portal.extensions import db
from portal.kit.clock import database_now, utc_now
from portal.models import Approval, Delivery

LOOK_BACK = timedelta(days=118)


class TooEarly(Exception):
    """What was sent may still have its effect, or not be listed yet: a look could miss it."""

    def __init__(self, due_at: datetime):
        super().__init__(due_at)
        self.due_at = due_at


def look(
    claim: Claim,
    doubts: list[datetime],
    provider: ApprovalProvider,
    checkpoint: Callable[[], None],
) -> str | None:
    """The external id of the card that one of the doubtful tries made; None: surely none did.

    doubts: when they may have left, oldest first. The claim is committed. Raises TooEarly,
    ProviderError.
    """
    approval = deliveries.mine(claim).approval
    wait(deliveries.start_of(approval))
    request = request_for(approval, doubts[0], known_ids(claim.provider))
    checkpoint()
    external_id = provider.find(request)
    delivery = deliveries.mine(claim)
    if external_id is None and delivery is not None and not provider.remembers_keys:
        start = deliveries.start_of(delivery.approval)
        believe(claim, start)
        start.twins_due_at = tries.next_twin_look(start, start.looked_at)
    return external_id


def wait(created: Delivery) -> None:
    """Raises TooEarly while it makes no sense to look for what this delivery has created."""
    due_at = tries.look_due_at(created)
    if due_at > database_now(db.session):
        raise TooEarly(due_at)


def believe(claim: Claim, created: Delivery) -> None:
    """The look found nothing. Raises TooEarly where another one has to say so, too."""
    if not tries.missed(created, database_now(db.session)):
        app_health.succeeded(claim.leave)
        raise TooEarly(tries.look_due_at(created))


def settle(claim: Claim, outcome: str) -> None:
    """The look told what became of the earlier tries to start the card."""
    delivery = deliveries.mine(claim)
    if delivery is not None:
        tries.settle(deliveries.start_of(delivery.approval), outcome)


def request_for(
    approval: Approval, first_try_at: datetime, known: frozenset[str]
) -> ApprovalRequest:
    """What an earlier try may have sent: enough to look for its card."""
    return replace(
        card_content.request_of(approval),
        template_code=approval.template_code,
        originator=approval.originator_id,
        first_try_at=first_try_at,
        known_ids=known,
    )


def known_ids(provider: str) -> frozenset[str]:
    """The cards over there that are ours already, as far back as a look may reach."""
    ids = db.session.scalars(
        db.select(Approval.external_id).where(
            Approval.provider == provider,
            Approval.external_id.is_not(None),
            Approval.created_at > utc_now() - LOOK_BACK,
        )
    )
    return frozenset(ids)
