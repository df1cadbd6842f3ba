"""Running SQL in this process: claim a run, watch over it, carry it out. One engine a run."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask, current_app
from sqlalchemy.exc import OperationalError

from portal.domain import engine, orphans, run_log, schedules, verdicts
from portal.domain.run_log import RunClaim, RunLost
from portal.extensions import db
from portal.kit.conflicts import repeated
from portal.kit.databases import Session, TargetError

log = logging.getLogger(__name__)
WATCH_SECONDS = 1.0
# A stop of the process waits 12 s: the statement at hand gets half of it to come to an end.
PATIENCE_SECONDS = 6.0
IsStopping = Callable[[], bool]


class Watch:
    """Says that the run is alive, and interrupts it when somebody wants it to stop.

    In a thread of its own, since the engine waits for the target meanwhile.
    """

    def __init__(self, app: Flask, claim: RunClaim, is_stopping: IsStopping):
        self._app, self._claim, self._is_stopping = app, claim, is_stopping
        self._over = threading.Event()
        self._guard = threading.Lock()
        self._session: Session | None = None
        self._is_aborted = False
        self._stopping_since: float | None = None
        self._thread = threading.Thread(target=self._watch, name="run-watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_exception) -> None:
        self._over.set()
        self._thread.join()

    @contextmanager
    def holding(self, session: Session) -> Iterator[None]:
        """See engine.Control."""
        with self._guard:
            self._session = session
        try:
            yield
        finally:
            with self._guard:
                self._session = None

    def is_aborted(self) -> bool:
        """See engine.Control."""
        return self._is_aborted

    def is_stopping(self) -> bool:
        """See engine.Control."""
        return self._is_stopping()

    def _watch(self) -> None:
        with self._app.app_context():
            while not self._over.wait(WATCH_SECONDS):
                try:
                    self._look()
                    if self._must_interrupt():
                        self._interrupt()
                except OperationalError as error:  # no news each second
                    reason = type(error.orig).__name__
                    who = self._claim.run_id
                    log.error("run %s: the database did not take part (%s)", who, reason)
                except Exception:  # without its beats the run would be thought dead
                    log.exception("run %s: this look has failed", self._claim.run_id)

    def _look(self) -> None:
        try:
            self._is_aborted = run_log.beat(self._claim)
            db.session.commit()
        except RunLost:
            self._is_aborted = True
        finally:
            db.session.remove()

    def _must_interrupt(self) -> bool:
        if self._is_aborted:
            return True
        if not self._is_stopping():
            return False
        self._stopping_since = self._stopping_since or time.monotonic()
        return time.monotonic() - self._stopping_since > PATIENCE_SECONDS

    def _interrupt(self) -> None:
        """Ask again each time: the last request may have fallen between two statements."""
        with self._guard:
            if self._session is None:
                return
            try:
                self._session.interrupt()
            except TargetError as error:
                log.warning("run %s: cannot be interrupted: %s", self._claim.run_id, error.code)


def run_next(is_stopping: IsStopping) -> bool:
    """Take up one queued run and carry it out; False when there is none."""
    db.session().read_only()
    is_queued = run_log.anything_queued()
    db.session.remove()
    if not is_queued or is_stopping():
        return False
    claim = repeated(db.session.commit, run_log.claim)
    if claim is None:
        return False
    app = current_app._get_current_object()
    with run_log.holding(claim), Watch(app, claim, is_stopping) as watch:
        engine.carry_out(claim, watch, db.session.commit)
    db.session.remove()
    return True


def tend(is_stopping: IsStopping) -> None:
    """Schedules whose time has come, and runs whose process is gone. One bad row stops no other."""
    db.session().read_only()
    questions, beginnings = schedules.due()
    lost = orphans.due()
    db.session.remove()
    work = [
        *((_ask, ticket_id) for ticket_id in questions),
        *((_begin, ticket_id) for ticket_id in beginnings),
        *((_look_after, run_id) for run_id in lost),
    ]
    for act, row_id in work:
        if is_stopping():
            return
        try:
            act(row_id)
        except OperationalError:  # that is about no row
            raise
        except Exception:
            db.session.rollback()
            log.exception("%s of %s failed; the next tick tries again", act.__name__, row_id)
        db.session.remove()


def _ask(ticket_id: int) -> None:
    repeated(db.session.commit, schedules.ask, ticket_id)


def _begin(ticket_id: int) -> None:
    repeated(db.session.commit, schedules.begin, ticket_id)


def _look_after(run_id: int) -> None:
    orphan = repeated(db.session.commit, orphans.claim, run_id)
    if orphan is not None:
        seen = orphans.look(orphan)
        repeated(db.session.commit, verdicts.apply, orphan, seen)
