"""The metrics, read from the database when they are asked for. Their names are a promise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from portal.domain import attendance, budget, run_counts, tries_made, vitals
from portal.domain.vitals import Waiting
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import DeliveryState


class Collector:
    """What `generate_latest` asks. The counts of what was tried are kept from time to time."""

    def __init__(self):
        self._tally = tries_made.Tally()

    def collect(self) -> Iterator[Metric]:
        """Every figure is of the same moment, by the database's clock."""
        now = database_now(db.session)
        yield from _deliveries(now, vitals.waiting(now))
        yield self._attempts(now)
        yield _requests(now)
        yield from _platforms(now)
        yield _heartbeats(now)
        yield _runs()
        yield _tickets()

    def _attempts(self, now: datetime) -> Metric:
        family = CounterMetricFamily(
            "portal_delivery_attempts",
            "Tries to deliver, by outcome: yes, no, doubt, open.",
            labels=("provider", "outcome"),
        )
        for labels, count in sorted(self._tally.read(now).items()):
            family.add_metric(labels, count)
        return family


def _gauge(name: str, text: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"portal_{name}", text, labels=labels)


def _ago(now: datetime, moment: datetime) -> float:
    """Seconds; what is still to come is no lag."""
    return max(0.0, (now - moment).total_seconds())


def _deliveries(now: datetime, waiting: list[Waiting]) -> Iterator[Metric]:
    count = _gauge(
        "deliveries", "Deliveries that are unfinished or failed.", "provider", "action", "state"
    )
    oldest = _gauge(
        "delivery_oldest_seconds",
        "Age of the oldest unfinished delivery that is due or was tried.",
        "provider",
    )
    since: dict[str, datetime] = {}
    for one in waiting:
        count.add_metric((one.provider, one.action.value, one.state.value), one.count)
        if one.since is not None and one.state != DeliveryState.FAILED:
            since[one.provider] = min(one.since, since.get(one.provider, one.since))
    for provider, moment in sorted(since.items()):
        oldest.add_metric((provider,), _ago(now, moment))
    yield from (count, oldest)


def _requests(now: datetime) -> Metric:
    family = _gauge(
        "provider_request_seconds",
        "From just before a changing call to its answer, over the last hour.",
        "provider",
        "quantile",
    )
    for provider, quantiles in sorted(tries_made.seconds(now).items()):
        for quantile, seconds in quantiles.items():
            family.add_metric((provider, str(quantile)), seconds)
    return family


def _platforms(now: datetime) -> Iterator[Metric]:
    lag = _gauge("sweep_lag_seconds", "How long the most overdue card or issue waits.", "provider")
    for provider, due in sorted((vitals.polls() | vitals.looks()).items()):
        lag.add_metric((provider,), _ago(now, due))
    used, limit = vitals.calls(), _gauge("provider_calls_limit", "Calls a month.", "provider")
    calls = _gauge("provider_calls_month", "Counted calls of this month.", "provider")
    paused = _gauge("app_paused", "1 while no call is made.", "provider", "reason")
    for app in vitals.apps(now):
        calls.add_metric((app.provider,), used.get(app.provider, 0))
        paused.add_metric((app.provider, app.reason), int(app.until is not None))
        most = budget.limit_of(app.provider)
        if most is not None:
            limit.add_metric((app.provider,), most)
    yield from (lag, calls, limit, paused)


def _heartbeats(now: datetime) -> Metric:
    family = _gauge("heartbeat_age_seconds", "Since a clock last ticked anywhere.", "name")
    for name, tick in sorted(vitals.ticks().items()):
        if not name.startswith(attendance.PREFIX):
            family.add_metric((name,), _ago(now, tick.at))
    return family


def _runs() -> Metric:
    family = _gauge("runs", "Runs of SQL that have not ended, or ended unknown.", "state")
    found = run_counts.runs()
    for state in run_counts.RUNS:
        family.add_metric((state.value,), found.get(state, (0, None))[0])
    return family


def _tickets() -> Metric:
    family = _gauge("tickets", "Tickets.", "status")
    for status, count in run_counts.tickets().items():
        family.add_metric((status.value,), count)
    return family
