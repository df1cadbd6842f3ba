"""The outbox: rows put in the transaction of their cause, and what becomes of them (R1-R6)."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select

from portal.domain import app_health, backoff, records
from portal.domain.provider import ProviderError
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    Approval,
    Delivery,
    DeliveryAction,
    DeliveryAttempt,
    DeliveryState,
    ProblemIssue,
)

UNFINISHED = (DeliveryState.QUEUED, DeliveryState.SENDING)
GIVE_UP_AFTER = timedelta(hours=24)
# What ends a card over there.
ENDINGS = (DeliveryAction.DECIDE, DeliveryAction.WITHDRAW)


@dataclass(frozen=True)
class Claim:
    """One node's right to work on a delivery until its lease ends; plain values only."""

    delivery_id: int
    token: int
    provider: str
    app_key: str
    action: DeliveryAction
    leave: app_health.Leave


def put(
    approval: Approval,
    action: DeliveryAction,
    payload: dict | None = None,
    not_before: datetime | None = None,
    number: int | None = None,
) -> Delivery:
    """Queue one call about this card, in the caller's transaction.

    number: which one, of an action that a card may have several of.
    """
    now = database_now(db.session)
    nth = "" if number is None else f":{number}"
    delivery = Delivery(
        key=f"{approval.provider}:{approval.key}:{action.value}{nth}",
        provider=approval.provider,
        app_key=approval.app_key,
        action=action,
        approval=approval,
        payload=payload or {},
        retry_from=now,
        due_at=max(now, not_before) if not_before else now,
    )
    db.session.add(delivery)
    db.session.flush()
    return delivery


def put_issue(issue: ProblemIssue, now: datetime) -> Delivery:
    """Queue this issue's creation; the caller flushes. now: by the database's clock."""
    delivery = Delivery(
        key=f"{issue.tracker}:{issue.key}:{DeliveryAction.ISSUE.value}:{issue.round}",
        provider=issue.tracker,
        app_key=issue.app_key,
        action=DeliveryAction.ISSUE,
        issue=issue,
        payload={},
        retry_from=now,
        due_at=now,
    )
    db.session.add(delivery)
    return delivery


def put_back(delivery: Delivery) -> bool:
    """重试: a failed one is due again, with a day before it; False when it was not failed."""
    return queue_again(Delivery.id == delivery.id, Delivery.state == DeliveryState.FAILED) == 1


def queue_again(*conditions, **also) -> int:
    """Those that have ended, and are so, are due now; answers how many. also: further values."""
    now = database_now(db.session)
    again = db.session.execute(
        db.update(Delivery)
        .where(*conditions)
        .values(state=DeliveryState.QUEUED, due_at=now, retry_from=now, ended_at=None, **also)
        .execution_options(synchronize_session="fetch")
    )
    return again.rowcount


def mine(claim: Claim) -> Delivery | None:
    """The claimed row, or None when the lease was lost to another node (R5)."""
    return db.session.scalar(_held(), {"held": claim.delivery_id, "by": claim.token})


@functools.cache
def _held() -> Select[tuple[Delivery]]:
    """Asked several times a delivery: built once."""
    is_held = (Delivery.id == db.bindparam("held"), Delivery.token == db.bindparam("by"))
    return (
        db.select(Delivery)
        .where(*is_held, Delivery.state == DeliveryState.SENDING)
        .with_for_update()
    )


def start_of(approval: Approval) -> Delivery:
    """The delivery that opens this card."""
    return db.session.scalars(
        db.select(Delivery).filter_by(approval_id=approval.id, action=DeliveryAction.START)
    ).one()


def attempt_of(claim: Claim) -> DeliveryAttempt:
    """The row of this try."""
    return db.session.scalars(
        db.select(DeliveryAttempt).filter_by(delivery_id=claim.delivery_id, token=claim.token)
    ).one()


def mark_wire(claim: Claim) -> None:
    """Note, before the first byte leaves, that it may leave. The caller commits at once (R6)."""
    attempt_of(claim).wire_at = database_now(db.session)


def note(claim: Claim, outcome: str, code: str = "", external_id: str | None = None) -> None:
    """Close the try's own row. It is kept even when the lease was lost."""
    attempt = attempt_of(claim)
    attempt.outcome, attempt.code = outcome, code[:128]
    attempt.external_id = external_id
    attempt.ended_at = database_now(db.session)


def sent(delivery: Delivery) -> None:
    """Surely done."""
    _end(delivery, DeliveryState.SENT, "", "", "")


def void(delivery: Delivery, reason: str, code: str = "") -> None:
    """Its cause is gone before anything was sent. code: by which such rows are found again."""
    _end(delivery, DeliveryState.VOID, code, reason, "")


def fail(delivery: Delivery, code: str, message: str, cure: str) -> None:
    """Refused for good, or given up: a person has to act."""
    _end(delivery, DeliveryState.FAILED, code, message, cure)
    records.add(
        records.Action.DELIVERY_FAILED,
        f"delivery:{delivery.id}",
        None,
        {"provider": delivery.provider, "action": delivery.action.value, "code": code},
    )


def wait(delivery: Delivery, due_at: datetime) -> None:
    """Put back without counting it as a try that failed."""
    delivery.state = DeliveryState.QUEUED
    delivery.due_at = due_at


def retry_later(delivery: Delivery, error: ProviderError, cure: str, earliest: datetime) -> bool:
    """Put back by the retry curve (R9); False when 24 hours are over and it was given up."""
    now = database_now(db.session)
    if now - delivery.retry_from > GIVE_UP_AFTER:
        return False
    asked = error.retry_after
    delay = backoff.seconds(delivery.attempts) if asked is None else asked
    wait(delivery, max(now + timedelta(seconds=delay), earliest))
    delivery.last_code, delivery.last_message, delivery.cure = error.code, error.message, cure
    return True


def _end(delivery: Delivery, state: DeliveryState, code: str, message: str, cure: str) -> None:
    delivery.state = state
    delivery.ended_at = database_now(db.session)
    delivery.last_code, delivery.last_message, delivery.cure = code[:128], message, cure
