"""Cards that stand over there twice: looked for where a try was in doubt, and withdrawn (N21).

A look that found nothing can have been wrong: what was sent had its effect only later (N5). And a
node that lost its lease can have started a card all the same (R6). Only such rows are asked about,
once soon and once more when all must be over, since the platform counts every call.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _

from portal.domain import app_health, approvals, deliveries, late, looking, records, tries
from portal.domain.deliveries import Claim
from portal.domain.provider import (
    ApprovalProvider,
    ApprovalRequest,
    Decision,
    Ended,
    ProviderError,
)
from portal.extensions import db
from portal.kit.claiming import free_rows
from portal.kit.clock import database_now
from portal.kit.conflicts import repeated
from portal.models import Approval, Delivery, DeliveryAction, ProviderSetting

log = logging.getLogger(__name__)
BATCH = 100
# After a look that failed, or whose node died; a start of long ago is asked about no more.
AGAIN_AFTER = timedelta(minutes=15)
LONGEST = timedelta(days=1)


@dataclass(frozen=True)
class Suspect:
    """A start whose card may stand there twice: plain values."""

    delivery_id: int
    request: ApprovalRequest


@dataclass(frozen=True)
class Hunt:
    """What one app is asked in one go."""

    provider: str
    app_key: str
    leave: app_health.Leave
    suspects: list[Suspect]


def anything_due(provider: str) -> bool:
    """A cheap look, without a write transaction, before `claim`."""
    due = _due(provider).with_only_columns(Delivery.id).limit(1)
    return db.session.scalar(due) is not None


def claim(provider: str) -> Hunt | None:
    """The starts that are to be asked about, put off first, so that no trouble can jam the loop.

    The caller commits before it calls anybody.
    """
    setting = db.session.scalar(db.select(ProviderSetting).filter_by(provider=provider))
    if setting is None or not setting.is_enabled:
        return None
    if app_health.is_paused(provider, setting.app_key):
        return None
    oldest = _due(provider).where(Delivery.app_key == setting.app_key)
    due = free_rows(oldest.order_by(Delivery.twins_due_at), Delivery.id, BATCH)
    lease = timedelta(seconds=current_app.config["LEASE_SECONDS"])
    leave = app_health.begin_call(provider, setting.app_key, lease) if due else None
    if leave is None:
        return None
    now = database_now(db.session)
    for start in due:
        is_recent = start.ended_at > now - LONGEST
        start.twins_due_at = now + max(AGAIN_AFTER, lease) if is_recent else None
    known = looking.known_ids(provider)
    suspects = [
        Suspect(start.id, looking.request_for(start.approval, tries.first_wire(start), known))
        for start in due
    ]
    return Hunt(provider, setting.app_key, leave, suspects)


def _due(provider: str):
    """One that is still to be sent, or looked for, finds its own card: nothing is too much yet."""
    return db.select(Delivery).where(
        Delivery.provider == provider,
        Delivery.twins_due_at <= database_now(db.session),
        Delivery.state.not_in(deliveries.UNFINISHED),
    )


def carry_out(hunt: Hunt, provider: ApprovalProvider, checkpoint: Callable[[], None]) -> int:
    """Ask, and queue the withdrawal of each card too many; answers how many there were."""
    try:
        there = provider.strays([one.request for one in hunt.suspects])
        app_health.succeeded(hunt.leave)
    except ProviderError as error:
        log.warning("%s: asking for twins failed: %s", hunt.provider, error.code)
        app_health.failed(hunt.leave, error)
        checkpoint()
        return 0
    found = 0
    for suspect in hunt.suspects:
        strays = {one for one, key in there.items() if key == suspect.request.key}
        found += repeated(checkpoint, _settle, suspect.delivery_id, strays)
    return found


def _settle(delivery_id: int, strays: Collection[str]) -> int:
    start = db.session.get_one(Delivery, delivery_id, with_for_update=True)
    if start.state in deliveries.UNFINISHED:
        return 0
    now = database_now(db.session)
    start.twins_due_at = tries.next_twin_look(start, now)
    if tries.doubtful_since(start):
        return 0  # given up: when it is tried again it is looked for, and what is there adopted
    answered = {one.external_id for one in start.tries if one.external_id}
    twins = (answered | set(strays)) - {start.approval.external_id}
    return sum(_queue(start.approval, external_id, now) for external_id in sorted(twins))


def _queue(card: Approval, external_id: str, now: datetime) -> bool:
    """Have it withdrawn, once. Platforms refuse that to what started a moment ago, as it may."""
    earlier = db.session.scalars(
        db.select(Delivery).filter_by(approval_id=card.id, action=DeliveryAction.WITHDRAW_TWIN)
    ).all()
    if external_id in {one.payload["external_id"] for one in earlier}:
        return False
    seconds = current_app.config.get(f"{card.provider.upper()}_WITHDRAW_SECONDS", 0)
    delivery = deliveries.put(
        card,
        DeliveryAction.WITHDRAW_TWIN,
        {"external_id": external_id},
        not_before=now + timedelta(seconds=seconds),
        number=len(earlier) + 1,
    )
    delivery.last_message = _("同一审批在对方平台上多出了一张，将自动撤回多出的，保留原有的")
    records.add(
        records.Action.TWIN_FOUND,
        approvals.subject_of_card(card),
        None,
        {"provider": card.provider, "external_id": external_id},
    )
    log.warning("card %s stands there twice: one is withdrawn", card.key)
    return True


def withdraw(claim: Claim, provider: ApprovalProvider, checkpoint: Callable[[], None]) -> None:
    """Carry the delivery out. The card itself stays as it is, whatever becomes of its twin."""
    delivery = deliveries.mine(claim)
    if delivery is None:
        return
    external_id, originator = delivery.payload["external_id"], delivery.approval.originator_id
    deliveries.mark_wire(claim)
    checkpoint()
    ended = provider.withdraw(external_id, originator, _("重复的审批，请处理另外一张"))
    # Somebody may have decided the wrong one of the two: that is told, and moves nothing.
    decision = provider.fetch(external_id) if ended is Ended.BEFORE else None
    repeated(checkpoint, _has_ended, claim, decision, str(provider.title))


def _has_ended(claim: Claim, decision: Decision | None, title: str) -> None:
    deliveries.note(claim, "yes")
    delivery = deliveries.mine(claim)
    if delivery is not None:
        deliveries.sent(delivery)
        delivery.last_message = _("同一审批在对方平台上多出了一张，已自动撤回，无需处理")
        told = late.note_twin(delivery.approval, decision, title) if decision else ""
        if told:
            delivery.last_message = told
            delivery.payload = delivery.payload | {"was_decided": True}
    app_health.succeeded(claim.leave)
