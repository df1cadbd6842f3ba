"""The breaker and the pauses of a provider's app, in a table that all nodes share (R10)."""

from __future__ import annotations

from contextlib import suppress
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
PROBE_AFTER_QUOTA = timedelta(days=1)
# After these pauses one caller goes ahead; the others wait for what became of it.
PROBED = frozenset({"transport", "quota", "throttle"})
FOR_EVER = datetime(9999, 1, 1, tzinfo=UTC)
# The code of a call that was not made, since our own time for the piece of work was over.
OUR_TIME = "deadline"
# The months of the platforms' quotas end at midnight there, wherever the portal runs.
QUOTA_ZONE = ZoneInfo("Asia/Shanghai")


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


def begin_call(provider: str, app_key: str, lease: timedelta) -> bool:
    """Ask to make a call. After a pause ended, one caller is let through as a probe.

    The probe closes the door behind itself until its outcome is known, at most for `lease`.
    """
    health = state(provider, app_key)
    if health is None or health.paused_until is None:
        return True
    now = database_now(db.session)
    if health.paused_until > now:
        return False
    probe = db.session.execute(
        db.update(AppHealth)
        .where(AppHealth.id == health.id, AppHealth.paused_until <= now)
        .values(paused_until=now + lease)
        .execution_options(synchronize_session="fetch")
    )
    return probe.rowcount == 1


def succeeded(provider: str, app_key: str) -> None:
    """An answer came: the app is well."""
    health = state(provider, app_key)
    if health and (health.failures or health.paused_until or health.reason):
        _reset(health)


def reached(provider: str, app_key: str) -> None:
    """The address book answered: the way there is open, whatever else the app has to wait for."""
    health = state(provider, app_key)
    if health and health.reason in {"", "transport"}:
        _reset(health)


def release(provider: str, app_key: str) -> None:
    """The probe ended without having asked anything: the next caller may be the probe."""
    health = state(provider, app_key)
    now = database_now(db.session)
    if health and health.reason in PROBED and health.paused_until > now:
        health.paused_until = now


def clear(provider: str, app_key: str) -> None:
    """Somebody changed the settings or asked for a retry: forget why we paused."""
    succeeded(provider, app_key)


def failed(provider: str, app_key: str, error: ProviderError) -> None:
    """Note a failure; pause the whole app where the failure is not one call's alone."""
    if error.code == OUR_TIME:
        return
    now = database_now(db.session)
    if error.kind is Kind.QUOTA:
        until = min(now + PROBE_AFTER_QUOTA, first_of_next_month(now))
        _pause(provider, app_key, until, "quota", error)
    elif error.kind is Kind.CREDENTIALS:
        _pause(provider, app_key, FOR_EVER, "credentials", error)
    elif error.throttled:
        until = now + timedelta(seconds=error.retry_after or 1)
        _pause(provider, app_key, until, "throttle", error)
    elif error.kind in {Kind.RETRY, Kind.UNKNOWN_OUTCOME} and error.retry_after is None:
        _transport_failure(provider, app_key, now, error)


def secret_unreadable(provider: str, app_key: str) -> None:
    """Our own key cannot decrypt the secret: pause until somebody enters it again."""
    sentence = _("已保存的应用密钥无法用当前的加密密钥解密，请重新填写")
    error = ProviderError(provider, "secret_unreadable", sentence, Kind.CREDENTIALS)
    failed(provider, app_key, error)


def first_of_next_month(now: datetime) -> datetime:
    """When the platform starts a new month of calls, UTC."""
    there = now.astimezone(QUOTA_ZONE)
    year, month = (there.year + 1, 1) if there.month == 12 else (there.year, there.month + 1)
    return datetime(year, month, 1, tzinfo=QUOTA_ZONE).astimezone(UTC)


def _transport_failure(provider: str, app_key: str, now: datetime, error: ProviderError) -> None:
    health = _row(provider, app_key)
    if health.first_failure_at is None or health.first_failure_at < now - WINDOW:
        health.first_failure_at, health.failures = now, 0
    health.failures += 1
    if health.openings or health.failures >= FAILURES:
        pause = min(FIRST_PAUSE * 2**health.openings, LONGEST_PAUSE)
        health.openings += 1
        _pause(provider, app_key, now + pause, "transport", error)


def _pause(provider: str, app_key: str, until: datetime, reason: str, error: ProviderError) -> None:
    health = _row(provider, app_key)
    health.paused_until = until
    health.reason = reason
    health.message = f"{error.code} {error.message}"[:2000]


def _row(provider: str, app_key: str) -> AppHealth:
    """The app's row, locked: failures of several nodes at once are all counted.

    The first failure makes it, whoever else makes it just now: what is written down beside it
    must not be undone by that.
    """
    query = db.select(AppHealth).filter_by(provider=provider, app_key=app_key)
    query = query.with_for_update().execution_options(populate_existing=True)
    health = db.session.scalar(query)
    if health is None:
        with suppress(IntegrityError), db.session.begin_nested():
            db.session.add(AppHealth(provider=provider, app_key=app_key, failures=0, openings=0))
        health = db.session.scalars(query).one()
    return health


def _reset(health: AppHealth) -> None:
    health.failures = health.openings = 0
    health.first_failure_at = health.paused_until = None
    health.reason = health.message = ""
