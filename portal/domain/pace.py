"""How many cards an app may start in a minute: a limit of the platform, kept for all nodes."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app

from portal.extensions import db
from portal.models import Delivery, DeliveryAction, DeliveryAttempt, DeliveryState, ProviderSetting

MINUTE = timedelta(seconds=60)
# Between the note that bytes may leave and their arrival over there: a connection takes 3 s.
MARGIN = timedelta(seconds=5)
# The cards held back wait until so many of them may go at once.
BATCH = 15
# So many are put off by one look; any more by the next.
AT_ONCE = 500


def limit_of(provider: str) -> int | None:
    """Starts a minute, None where the platform has no such limit."""
    return current_app.config.get(f"{provider.upper()}_STARTS_A_MINUTE")


def hold_back(delivery: Delivery, now: datetime) -> bool:
    """Whether this start must wait; it and all that wait with it are then put off together.

    The caller holds a write transaction. What is under way counts like what was sent: it may
    leave at any moment.
    """
    limit = limit_of(delivery.provider)
    if limit is None or delivery.action != DeliveryAction.START:
        return False
    app = {"provider": delivery.provider, "app_key": delivery.app_key}
    db.session.scalar(db.select(ProviderSetting).filter_by(**app).with_for_update())
    sent = _sent(app, now)
    if len(sent) < limit:
        return False
    # The moment at which the oldest BATCH of the last `limit` are a minute old.
    free_from = sorted(sent)[-limit:][min(BATCH, limit) - 1] + MINUTE + MARGIN
    # Rows that another node holds are left out: it waits for us here, and puts them off itself.
    waiting = db.session.scalars(
        db.select(Delivery)
        .filter_by(action=DeliveryAction.START, state=DeliveryState.QUEUED, **app)
        .where(Delivery.due_at < free_from)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    for one in waiting:
        one.due_at = free_from
    db.session.flush()
    return True


def _sent(app: dict[str, str], now: datetime) -> list[datetime]:
    """When the app's starts of the last minute left, or may leave."""
    lease = timedelta(seconds=current_app.config["LEASE_SECONDS"])
    window = MINUTE + MARGIN
    tries = db.session.execute(
        db.select(DeliveryAttempt.wire_at, DeliveryAttempt.ended_at)
        .join(Delivery, Delivery.id == DeliveryAttempt.delivery_id)
        .where(
            Delivery.provider == app["provider"],
            Delivery.app_key == app["app_key"],
            Delivery.action == DeliveryAction.START,
            DeliveryAttempt.started_at > now - window - lease,
        )
    )
    left = [now if wire_at is None else wire_at for wire_at, ended_at in tries
            if wire_at is not None or ended_at is None]  # fmt: skip
    return [moment for moment in left if moment > now - window]
