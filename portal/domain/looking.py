"""Looking for a card that may have come to be: an earlier try to start it is in doubt (R8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from portal.domain import card_content, deliveries, tries
from portal.domain.deliveries import Claim
from portal.domain.provider import ApprovalProvider, ApprovalRequest
from portal.extensions import db
from portal.kit.clock import database_now, utc_now
from portal.models import Approval

LOOK_BACK = timedelta(days=118)


class TooEarly(Exception):
    """What was sent may still have its effect: a look now could miss it (N5)."""

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

    doubts: when they may have left, oldest first. The claim is committed, no transaction is
    open afterwards. Raises TooEarly, ProviderError.
    """
    start = deliveries.start_of(deliveries.mine(claim).approval)
    settled_at = tries.settles_at(start)
    if settled_at > database_now(db.session):
        raise TooEarly(settled_at)
    request = _to_be_found(claim, doubts[0])
    checkpoint()
    return provider.find(request)


def _to_be_found(claim: Claim, first_try_at: datetime) -> ApprovalRequest:
    """What an earlier try may have sent: enough to look for its card."""
    approval = deliveries.mine(claim).approval
    others = db.session.scalars(
        db.select(Approval.external_id).where(
            Approval.provider == claim.provider,
            Approval.external_id.is_not(None),
            Approval.created_at > utc_now() - LOOK_BACK,
        )
    )
    return replace(
        card_content.request_of(approval),
        template_code=approval.template_code,
        originator=approval.originator_id,
        first_try_at=first_try_at,
        known_ids=frozenset(others),
    )
