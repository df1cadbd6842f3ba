"""How the portal is doing, read from its tables alone, so that every node tells the same.

Each function is one statement, however many rows there are, and none walks through all that was
ever sent: states are indexed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain import budget, deliveries
from portal.extensions import db
from portal.kit.clock import utc_now
from portal.models import (
    ApiUsage,
    AppHealth,
    Approval,
    ApprovalState,
    Delivery,
    DeliveryAction,
    DeliveryState,
    Heartbeat,
    IssueState,
    ProblemIssue,
    ProviderSetting,
)

# A failure of this week is news; what is older, somebody has seen.
NEWS = timedelta(days=7)


@dataclass(frozen=True)
class Waiting:
    """Deliveries of one kind that are unfinished or failed.

    since: when the oldest one that is due, or was tried, was put into the queue. due: the
    earliest time at which one may go. troubled: how many were tried in vain. news: how many
    failed of late and want a person (a comment that a platform did not take wants none).
    """

    provider: str
    action: DeliveryAction
    state: DeliveryState
    count: int
    since: datetime | None
    due: datetime
    troubled: int
    news: int


@dataclass(frozen=True)
class App:
    """A platform's app and its pause. until: None while it is not paused."""

    provider: str
    is_enabled: bool
    reason: str
    message: str
    until: datetime | None


@dataclass(frozen=True)
class Tick:
    """When a clock last ticked, and on which host."""

    at: datetime
    host: str


def waiting(now: datetime) -> list[Waiting]:
    """By provider, action and state."""
    is_late = db.or_(Delivery.due_at <= now, Delivery.attempts > 0)
    is_news = db.and_(
        Delivery.state == DeliveryState.FAILED,
        Delivery.action != DeliveryAction.COMMENT,
        Delivery.ended_at > now - NEWS,
    )
    kind = (Delivery.provider, Delivery.action, Delivery.state)
    query = (
        db.select(
            *kind,
            db.func.count(),
            db.func.min(db.case((is_late, Delivery.retry_from))),
            db.func.min(Delivery.due_at),
            db.func.sum(db.case((Delivery.last_code != "", 1), else_=0)),
            db.func.sum(db.case((is_news, 1), else_=0)),
        )
        .where(Delivery.state.in_((*deliveries.UNFINISHED, DeliveryState.FAILED)))
        .group_by(*kind)
        .order_by(*kind)
    )
    return [Waiting(*row) for row in db.session.execute(query)]


def apps(now: datetime) -> list[App]:
    """One a platform that was ever set up."""
    same = db.and_(
        AppHealth.provider == ProviderSetting.provider, AppHealth.app_key == ProviderSetting.app_key
    )
    query = (
        db.select(
            ProviderSetting.provider,
            ProviderSetting.is_enabled,
            AppHealth.reason,
            AppHealth.message,
            AppHealth.paused_until,
        )
        .outerjoin(AppHealth, same)
        .order_by(ProviderSetting.provider)
    )
    return [
        App(provider, is_enabled, reason or "", message or "", until)
        if until is not None and until > now
        else App(provider, is_enabled, "", "", None)
        for provider, is_enabled, reason, message, until in db.session.execute(query)
    ]


def calls() -> dict[str, int]:
    """Counted calls of this month, by provider."""
    query = (
        db.select(ApiUsage.provider, db.func.sum(ApiUsage.count))
        .where(ApiUsage.month == budget.month_of(utc_now()))
        .group_by(ApiUsage.provider)
    )
    return {provider: int(count) for provider, count in db.session.execute(query)}


def polls() -> dict[str, datetime]:
    """Provider → when the most overdue card of its app was to be asked for."""
    return _earliest(
        Approval.provider,
        Approval.app_key,
        Approval.next_poll_at,
        Approval.state == ApprovalState.PENDING,
    )


def looks() -> dict[str, datetime]:
    """Tracker → when the most overdue issue was to be looked at."""
    return _earliest(
        ProblemIssue.tracker,
        ProblemIssue.app_key,
        ProblemIssue.next_look_at,
        ProblemIssue.state == IssueState.CREATED,
    )


def _earliest(provider, app_key, due, is_open) -> dict[str, datetime]:
    of_the_app = db.and_(
        ProviderSetting.provider == provider,
        ProviderSetting.app_key == app_key,
        ProviderSetting.is_enabled,
    )
    query = (
        db.select(provider, db.func.min(due))
        .join(ProviderSetting, of_the_app)
        .where(is_open, due.is_not(None))
        .group_by(provider)
    )
    return dict(db.session.execute(query).all())


def ticks() -> dict[str, Tick]:
    """By the clock's name."""
    rows = db.session.scalars(db.select(Heartbeat))
    return {row.name: Tick(row.at, row.host) for row in rows}
