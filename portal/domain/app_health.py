"""The breaker and the pauses of a provider's app, in a table that all nodes share (R10)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from portal.domain.provider import Kind, ProviderError
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import AppHealth

FAILURES = 5
WINDOW = timedelta(seconds=60)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(minutes=5)
MOST_DOUBLINGS = 10
PROBE_AFTER_QUOTA = timedelta(days=1)
# After these pauses one caller goes ahead; the others wait for what became of it.
PROBED = frozenset({"transport", "quota", "throttle"})
FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
# The code of a call that was not made, since our own time for the piece of work was over.
OUR_TIME = "deadline"
# The months of the platforms' quotas end at midnight there, wherever the portal runs.
QUOTA_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Leave:
    """One caller's leave to call, and the pause it saw when it was given: its own, for a probe.

    What became of the call ends that pause only, none that another call has set meanwhile.
    """

    provider: str
    app_key: str
    seen: datetime | None = None


def state(provider: str, app_key: str) -> AppHealth | None:
    """The app's row, None while nothing ever went wrong."""
    return db.session.scalar(db.select(AppHealth).filter_by(provider=provider, app_key=app_key))


def is_paused(provider: str, app_key: str) -> bool:
    """Whether no call may be made for this app now."""
    health = state(provider, app_key)
    return bool(health and health.paused_until and health.paused_until > database_now(db.session))


def pausing(provider, app_key, now: datetime):
    """The same as a condition of a query; provider and app_key are its columns."""
    return db.exists().where(
        AppHealth.provider == provider,
        AppHealth.app_key == app_key,
        AppHealth.paused_until > now,
    )


def begin_call(provider: str, app_key: str, lease: timedelta) -> Leave | None:
    """Ask for leave to call. After a pause ended, one caller is let through as a probe.

    The probe closes the door behind itself until its outcome is known, at most for `lease`.
    """
    health = state(provider, app_key)
    if health is None or health.paused_until is None:
        return Leave(provider, app_key)
    now = database_now(db.session)
    if health.paused_until > now:
        return None
    probe = db.session.execute(
        db.update(AppHealth)
        .where(AppHealth.id == health.id, AppHealth.paused_until <= now)
        .values(paused_until=now + lease)
        .execution_options(synchronize_session="fetch")
    )
    return Leave(provider, app_key, now + lease) if probe.rowcount == 1 else None


def succeeded(leave: Leave) -> None:
    """An answer came: the app is well, unless it was paused since the call began."""
    health = state(leave.provider, leave.app_key)
    if health and (health.failures or health.paused_until or health.reason):
        _reset(health, _as_seen(leave))


def reached(leave: Leave) -> None:
    """The address book answered: the way there is open, whatever else the app has to wait for."""
    health = state(leave.provider, leave.app_key)
    if health and health.reason in {"", "transport"}:
        _reset(health, _as_seen(leave))


def release(leave: Leave) -> None:
    """The probe ended without having asked anything: the next caller may be the probe."""
    if leave.seen is None:
        return
    health = state(leave.provider, leave.app_key)
    if health and health.reason in PROBED:
        _change(health, _as_seen(leave), paused_until=database_now(db.session))


def clear(provider: str, app_key: str) -> None:
    """Somebody changed the settings or asked for a retry: forget why we paused."""
    health = state(provider, app_key)
    if health:
        _reset(health)


def failed(leave: Leave, error: ProviderError) -> None:
    """Note a failure; pause the whole app where the failure is not one call's alone."""
    if error.code == OUR_TIME:
        return
    now = database_now(db.session)
    if error.kind is Kind.QUOTA:
        until = min(now + PROBE_AFTER_QUOTA, first_of_next_month(now))
        _pause(leave, until, "quota", error)
    elif error.kind is Kind.CREDENTIALS:
        _pause(leave, FOR_EVER, "credentials", error)
    elif error.throttled:
        until = now + timedelta(seconds=error.retry_after or 1)
        _pause(leave, until, "throttle", error)
    elif error.kind in {Kind.RETRY, Kind.UNKNOWN_OUTCOME} and error.retry_after is None:
        _transport_failure(leave, now, error)


def secret_unreadable(provider: str, app_key: str) -> None:
    """Our own key cannot decrypt the secret: pause until somebody enters it again."""
    sentence = _("已保存的应用密钥无法用当前的加密密钥解密，请重新填写")
    error = ProviderError(provider, "secret_unreadable", sentence, Kind.CREDENTIALS)
    failed(Leave(provider, app_key), error)


def first_of_next_month(now: datetime) -> datetime:
    """When the platform starts a new month of calls, UTC."""
    there = now.astimezone(QUOTA_ZONE)
    year, month = (there.year + 1, 1) if there.month == 12 else (there.year, there.month + 1)
    return datetime(year, month, 1, tzinfo=QUOTA_ZONE).astimezone(UTC)


def _transport_failure(leave: Leave, now: datetime, error: ProviderError) -> None:
    health = _row(leave)
    if health.first_failure_at is None or health.first_failure_at < now - WINDOW:
        health.first_failure_at, health.failures = now, 0
    health.failures += 1
    if health.openings or health.failures >= FAILURES:
        # After days of it the openings are some hundreds: more than any power of 2 is good for.
        pause = min(FIRST_PAUSE * 2 ** min(health.openings, MOST_DOUBLINGS), LONGEST_PAUSE)
        health.openings += 1
        _pause(leave, now + pause, "transport", error)


def _pause(leave: Leave, until: datetime, reason: str, error: ProviderError) -> None:
    """A longer pause that another call has set since this one began stays."""
    health = _row(leave)
    if health.paused_until not in {None, leave.seen} and health.paused_until > until:
        return
    health.paused_until = until
    health.reason = reason
    health.message = f"{error.code} {error.message}"[:2000]


def _row(leave: Leave) -> AppHealth:
    """The app's row, locked: failures of several nodes at once are all counted.

    The first failure makes it, whoever else makes it just now: what is written down beside it
    must not be undone by that.
    """
    app = {"provider": leave.provider, "app_key": leave.app_key}
    query = db.select(AppHealth).filter_by(**app)
    query = query.with_for_update().execution_options(populate_existing=True)
    health = db.session.scalar(query)
    if health is None:
        with suppress(IntegrityError), db.session.begin_nested():
            db.session.add(AppHealth(**app, failures=0, openings=0))
        health = db.session.scalars(query).one()
    return health


def _as_seen(leave: Leave):
    """A condition: nobody has paused the app, nor has another probe set out, since then."""
    return AppHealth.paused_until.is_not_distinct_from(leave.seen)


def _reset(health: AppHealth, *conditions) -> None:
    values = {"failures": 0, "openings": 0, "reason": "", "message": ""}
    _change(health, *conditions, first_failure_at=None, paused_until=None, **values)


def _change(health: AppHealth, *conditions, **values) -> None:
    db.session.execute(
        db.update(AppHealth)
        .where(AppHealth.id == health.id, *conditions)
        .values(**values)
        .execution_options(synchronize_session="fetch")
    )
