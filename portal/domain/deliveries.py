"""The outbox: rows put in the transaction of their cause, claimed by one node at a time (R1-R6)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy.orm import aliased

from portal.domain import app_health, backoff, pace, records
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
    ProviderSetting,
)

UNFINISHED = (DeliveryState.QUEUED, DeliveryState.SENDING)
LOOK_AT_ONCE = 20
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
    now = database_now(db.session)
    back = db.session.execute(
        db.update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.state == DeliveryState.FAILED)
        .values(state=DeliveryState.QUEUED, due_at=now, retry_from=now, ended_at=None)
        .execution_options(synchronize_session="fetch")
    )
    return back.rowcount == 1


def claim(but: Collection[str] = ()) -> Claim | None:
    """Take the next due delivery: at most one, whose earlier calls about the same card are over.

    but: providers of which this process has enough in hand.

    Cards also wait for the app's template, and for the platform's limit of starts a minute.

    A row in `sending` whose lease has ended is due again: its node died. The caller commits
    before it does anything else.
    """
    now = database_now(db.session)
    lease = timedelta(seconds=current_app.config["LEASE_SECONDS"])
    for delivery in _due(now, but):
        if pace.hold_back(delivery, now):
            continue
        leave = app_health.begin_call(delivery.provider, delivery.app_key, lease)
        if leave is None:
            continue
        delivery.state = DeliveryState.SENDING
        delivery.token += 1
        delivery.attempts += 1
        delivery.due_at = now + lease
        db.session.add(
            DeliveryAttempt(delivery_id=delivery.id, token=delivery.token, started_at=now)
        )
        db.session.flush()
        app = (delivery.provider, delivery.app_key)
        return Claim(delivery.id, delivery.token, *app, delivery.action, leave)
    return None


def _due(now: datetime, but: Collection[str]) -> Iterator[Delivery]:
    """The first that are due, each locked when its turn comes, but what another node has locked.

    One by one: MariaDB locks all that it has to sort, and leaves nothing to the other nodes.
    """
    rows = _due_rows(now, but)
    for id in db.session.scalars(rows.with_only_columns(Delivery.id).limit(LOOK_AT_ONCE)).all():
        mine = rows.where(Delivery.id == id).with_for_update(skip_locked=True)
        delivery = db.session.scalar(mine.execution_options(populate_existing=True))
        if delivery is not None:
            yield delivery


def _due_rows(now: datetime, but: Collection[str] = ()):
    earlier = aliased(Delivery)
    return (
        db.select(Delivery)
        .where(
            _app_is(ProviderSetting.is_enabled),
            Delivery.state.in_(UNFINISHED),
            Delivery.due_at <= now,
            Delivery.provider.not_in(but),
            ~app_health.pausing(Delivery.provider, Delivery.app_key, now),
            ~db.exists().where(
                db.or_(
                    earlier.approval_id == Delivery.approval_id,
                    earlier.issue_id == Delivery.issue_id,
                ),
                earlier.id < Delivery.id,
                earlier.state.in_(UNFINISHED),
            ),
            ~_waits_for_template(),
        )
        .order_by(Delivery.due_at, Delivery.id)
    )


def _app_is(*conditions):
    """A condition: the settings name the row's app, and this holds of them.

    No join: MariaDB knows no "of", and would lock the settings with the row.
    """
    return db.exists().where(
        ProviderSetting.provider == Delivery.provider,
        ProviderSetting.app_key == Delivery.app_key,
        *conditions,
    )


def _waits_for_template():
    """A condition: the app's template is being prepared, and this row goes after that.

    A mere check that is in trouble holds up no card whose template is known; nor does a card
    wait that may be over there already: none is needed to look for it.
    """
    template, doubt = aliased(Delivery), DeliveryAttempt
    is_usable = _app_is(
        ProviderSetting.template_code != "",
        ProviderSetting.template_app_key == ProviderSetting.app_key,
        ProviderSetting.template_checked_at.is_not(None),
    )
    is_doubtful = db.exists().where(
        doubt.delivery_id == Delivery.id,
        doubt.wire_at.is_not(None),
        doubt.outcome.not_in(("yes", "no")),
    )
    under_way = (
        template.action == DeliveryAction.TEMPLATE,
        template.provider == Delivery.provider,
        template.app_key == Delivery.app_key,
        template.state.in_(UNFINISHED),
    )
    in_the_way = db.exists().where(*under_way)
    blocks_cards = db.or_(
        db.and_(in_the_way, ~is_usable), in_the_way.where(template.last_code == "")
    )
    blocks_another = db.exists().where(*under_way, template.id < Delivery.id)
    return db.or_(
        db.and_(Delivery.action == DeliveryAction.START, ~is_doubtful, blocks_cards),
        db.and_(Delivery.action == DeliveryAction.TEMPLATE, blocks_another),
    )


def anything_due(but: Collection[str] = ()) -> bool:
    """A cheap look, without a write transaction, before `claim`."""
    now = database_now(db.session)
    return db.session.scalar(_due_rows(now, but).limit(1)) is not None


def mine(claim: Claim) -> Delivery | None:
    """The claimed row, or None when the lease was lost to another node (R5)."""
    return db.session.scalar(
        db.select(Delivery)
        .filter_by(id=claim.delivery_id, token=claim.token, state=DeliveryState.SENDING)
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


def void(delivery: Delivery, reason: str) -> None:
    """Its cause is gone before anything was sent."""
    _end(delivery, DeliveryState.VOID, "", reason, "")


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
