"""Running SQL in this process: claim a run, watch over it, carry it out. One engine a run."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask, current_app
from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError

from portal.domain import engine, orphans, run_log, schedules
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

    def why_stop(self) -> str:
        """See engine.Control."""
        if self._is_aborted:
            return _("已按要求中止，之后的语句没有执行。")
        if self._is_stopping():
            return _("门户正在停止，之后的语句没有执行。")
        return ""

    def _watch(self) -> None:
        with self._app.app_context():
            while not self._over.wait(WATCH_SECONDS):
                self._look()
                if self._must_interrupt():
                    self._interrupt()

    def _look(self) -> None:
        try:
            self._is_aborted = run_log.beat(self._claim)
            db.session.commit()
        except RunLost:
            self._is_aborted = True
        except OperationalError:
            log.warning("run %s: the portal's database is busy", self._claim.run_id)
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
    with Watch(current_app._get_current_object(), claim, is_stopping) as watch:
        engine.carry_out(claim, watch, db.session.commit)
    db.session.remove()
    return True


def tend(is_stopping: IsStopping) -> None:
    """Schedules whose time has come, and runs whose process is gone."""
    db.session().read_only()
    is_time, has_orphans = schedules.anything_due(), orphans.anything_due()
    db.session.remove()
    if is_time:
        _all(schedules.ask_next, is_stopping)
        _all(schedules.begin_next, is_stopping)
    if has_orphans and not is_stopping():
        _look_after_one()


def _all(work: Callable[[], bool], is_stopping: IsStopping) -> None:
    while not is_stopping() and work():
        db.session.commit()
    db.session.rollback()


def _look_after_one() -> None:
    orphan = orphans.claim()
    db.session.commit()
    if orphan is not None:
        seen = orphans.look(orphan)
        orphans.apply(orphan, seen)
        db.session.commit()
    db.session.remove()
