"""The jobs: what each tick does, thin bodies all, and how often. The truth is in our tables."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType

from flask import Flask, current_app
from sqlalchemy.exc import IntegrityError

from portal import providers, runner
from portal.domain import (
    app_health,
    budget,
    claims,
    deliveries,
    dispatch,
    failures,
    housekeeping,
    issue_looks,
    matching,
    settings,
    sweeps,
    twins,
)
from portal.domain.provider import AppCredentials, ApprovalProvider
from portal.domain.tracker import IssueTracker
from portal.extensions import db
from portal.kit.clock import database_now
from portal.kit.conflicts import repeated
from portal.kit.crypto import UnreadableSecret
from portal.models import Heartbeat, ProviderSetting
from portal.ticking import Ticker

log = logging.getLogger(__name__)
# One slow provider holds up its own workers, and leaves one for the rows of the others.
WORKERS = 4
MOST_OF_ONE_PROVIDER = WORKERS - 1
# Runs of SQL may take hours: they have threads of their own, and hold up nothing else.
RUNS = 4
# Below the lease by this much, so that a delivery ends before another node may take it.
LEASE_MARGIN = 5.0
BEAT_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 3600
IsStopping = Callable[[], bool]
# Deliveries that this process is carrying out now, by provider.
_in_hand: Counter[str] = Counter()
_hand_guard = threading.Lock()


def _never() -> bool:
    return False


def deliver(is_stopping: IsStopping = _never) -> int:
    """Carry out what is due, one row after the other; answers how many were tried."""
    done, beaten = 0, time.monotonic()
    if _is_anything_due():
        while not is_stopping() and _deliver_one():
            done += 1
            if time.monotonic() - beaten > BEAT_SECONDS:  # a long queue is no dead clock
                _beat("deliver")
                beaten = time.monotonic()
    _beat("deliver")
    return done


def _is_anything_due() -> bool:
    db.session().read_only()
    due = claims.anything_due(_busy())
    db.session.remove()
    return due


def _busy() -> list[str]:
    """The platforms of which this process has enough in hand."""
    platforms = (*providers.PROVIDERS, *providers.TRACKERS)
    return [name for name in platforms if _in_hand[name] >= MOST_OF_ONE_PROVIDER]


def _deliver_one() -> bool:
    claim = repeated(db.session.commit, claims.claim, _busy())
    if claim is None:
        db.session.remove()
        return False
    with _hand_guard:
        _in_hand[claim.provider] += 1
    try:
        _carry_out(claim)
    finally:
        with _hand_guard:
            _in_hand[claim.provider] -= 1
    return True


def _carry_out(claim: deliveries.Claim) -> None:
    try:
        provider = _provider(claim.provider, claim.app_key)
    except UnreadableSecret:
        failures.without_secret(claim)
        db.session.commit()
    else:
        if provider is not None:
            dispatch.carry_out(claim, provider, db.session.commit)
    db.session.remove()


def sweep(is_stopping: IsStopping = _never) -> int:
    """Ask every provider what became of the cards that are due; answers how many decided."""
    return sum(sweep_one(name, is_stopping) for name in providers.PROVIDERS)


def sweep_one(name: str, is_stopping: IsStopping = _never) -> int:
    """The same of one provider: a slow one does not hold up the others."""
    list_size = providers.PROVIDERS[name].list_size
    decided = _claim_and_carry_out(sweeps, name, list_size, is_stopping=is_stopping)
    _beat("sweep")
    return decided


def look_for_twins() -> int:
    """Ask for the cards that may stand there twice; answers how many did."""
    return sum(look_for_twins_of(name) for name in providers.PROVIDERS)


def look_for_twins_of(name: str) -> int:
    """The same in one provider."""
    return _do_what_is_due(twins, name)


def match() -> int:
    """Look for the members for whom a new match was asked; answers for how many."""
    return sum(match_one(name) for name in providers.PROVIDERS)


def match_one(name: str) -> int:
    """The same in one provider."""
    return _do_what_is_due(matching, name, providers.PROVIDERS[name].finds_by)


def look_at_issues(is_stopping: IsStopping = _never) -> int:
    """Ask how the issues stand that problem SQL was pushed as; answers how many were read."""
    return sum(look_at_issues_of(name, is_stopping) for name in providers.TRACKERS)


def look_at_issues_of(name: str, is_stopping: IsStopping = _never) -> int:
    """The same of one tracker."""
    return _do_what_is_due(issue_looks, name, is_stopping=is_stopping)


def _do_what_is_due(work: ModuleType, name: str, *more, **options) -> int:
    """A round of this work at one platform, if a cheap look finds anything due."""
    db.session().read_only()
    due = work.anything_due(name)
    db.session.remove()
    return _claim_and_carry_out(work, name, *more, **options) if due else 0


def _claim_and_carry_out(work: ModuleType, name: str, *more, **options) -> int:
    """A round of this work at one platform; answers how much was done.

    work: a module with claim(name, *more) and carry_out(claimed, provider, checkpoint, **options).
    """
    claimed = repeated(db.session.commit, work.claim, name, *more)
    provider = None if claimed is None else _provider_or_pause(name, claimed.app_key)
    done = 0
    if provider is not None:
        done = work.carry_out(claimed, provider, db.session.commit, **options)
    db.session.remove()
    return done


def run_sql(is_stopping: IsStopping = _never) -> int:
    """Carry out the runs of SQL that are queued, one after the other; answers how many."""
    done = 0
    while not is_stopping() and runner.run_next(is_stopping):
        done += 1
    return done


def tend_runs(is_stopping: IsStopping = _never) -> None:
    """Begin what is scheduled for now, and look after runs whose process is gone."""
    runner.tend(is_stopping)


def housekeep() -> None:
    """Drop what has expired: sessions, sign-in failures, old operation records."""
    housekeeping.purge()
    db.session.commit()


def _provider_or_pause(name: str, app_key: str) -> ApprovalProvider | IssueTracker | None:
    """The adapter for this app; None, and the app paused, where its secret cannot be read."""
    try:
        return _provider(name, app_key)
    except UnreadableSecret:
        app_health.secret_unreadable(name, app_key)
        db.session.commit()
    return None


def _provider(name: str, app_key: str) -> ApprovalProvider | IssueTracker | None:
    """The adapter for this app, None when the settings name another. Raises UnreadableSecret."""
    setting = db.session.scalar(db.select(ProviderSetting).filter_by(provider=name))
    try:
        if setting.app_key != app_key:
            return None
        credentials = AppCredentials(app_key, settings.secret_of(setting))
    except UnreadableSecret:
        log.error("%s: the stored secret cannot be decrypted; enter it again", name)
        raise
    finally:
        db.session.rollback()
    deadline = current_app.config["LEASE_SECONDS"] - LEASE_MARGIN
    if name in providers.TRACKERS:
        return providers.make_tracker(name, credentials, deadline)
    return providers.make(name, credentials, deadline, budget.counter(name))


def _beat(name: str) -> None:
    """Leave the time of this tick for /healthz, at most once a second of all nodes."""
    row = db.session.get(Heartbeat, name)
    now = database_now(db.session)
    if row is None:
        db.session.add(Heartbeat(name=name, at=now, host=socket.gethostname()))
    # Whichever way: the database's clock may have stepped back.
    elif abs(now - row.at) >= timedelta(seconds=BEAT_SECONDS):
        row.at, row.host = now, socket.gethostname()
    try:
        db.session.commit()
    except IntegrityError:  # the very first tick of another thread came in between
        db.session.rollback()
    db.session.remove()


class Clock(Ticker):
    """Ticks the jobs in the background of this process; several nodes may run one each."""

    def __init__(self, app: Flask):
        super().__init__(app, {"runs": RUNS})
        config = app.config
        self.add(deliver, config["DELIVER_SECONDS"], WORKERS, self.is_stopping)
        for name in providers.PROVIDERS:
            self.add(sweep_one, config["SWEEP_SECONDS"], 1, name, self.is_stopping)
            self.add(match_one, config["DELIVER_SECONDS"], 1, name)
            self.add(look_for_twins_of, config["SWEEP_SECONDS"], 1, name)
        for name in providers.TRACKERS:
            self.add(look_at_issues_of, config["SWEEP_SECONDS"], 1, name, self.is_stopping)
        self.add(run_sql, config["DELIVER_SECONDS"], RUNS, self.is_stopping, executor="runs")
        self.add(tend_runs, config["DELIVER_SECONDS"], 1, self.is_stopping)
        self.add(housekeep, HOUSEKEEPING_SECONDS, 1)
