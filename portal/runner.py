"""Running SQL in this process: claim a run, watch over it, carry it out. One engine a run."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask, current_app

from portal.domain import engine, orphans, run_log, schedules, verdicts
from portal.domain.run_log import RunClaim, RunLost
from portal.extensions import db
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
    claim = run_log.claim()
    db.session.commit()
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
        *((schedules.ask, ticket_id) for ticket_id in questions),
        *((schedules.begin, ticket_id) for ticket_id in beginnings),
        *((_look_after, run_id) for run_id in lost),
    ]
    for act, row_id in work:
        if is_stopping():
            return
        try:
            act(row_id)
            db.session.commit()
        except Exception:
            db.session.rollback()
            log.exception("%s of %s failed; the next tick tries again", act.__name__, row_id)
        db.session.remove()


def _look_after(run_id: int) -> None:
    orphan = orphans.claim(run_id)
    db.session.commit()
    if orphan is not None:
        seen = orphans.look(orphan)
        verdicts.apply(orphan, seen)
