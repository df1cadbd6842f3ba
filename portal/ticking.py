"""The clock: APScheduler ticks jobs in the background of a process, with a watchdog."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from flask import Flask
from sqlalchemy.exc import OperationalError

from portal.extensions import db

log = logging.getLogger(__name__)
THREADS = 12
WATCHDOG_SECONDS = 2.0
CLOCK_STEP_SECONDS = 1.5
# A stop waits this long for the rows in hand; one that takes longer is found by its lease.
STOP_SECONDS = 12.0

# A tick that finds all workers busy is left out: meant so, and no news each second.
logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)


class Every(BaseTrigger):
    """A tick each so many seconds; all that were missed are one.

    APScheduler's own trigger lists each missed one: when a machine's clock, set to a wrong year,
    is put right, until the memory is full (apscheduler#526).
    """

    def __init__(self, seconds: float):
        self._interval = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """See BaseTrigger."""
        following = (previous_fire_time or now) + self._interval
        return following if following > now else now + self._interval


class Ticker:
    """Runs jobs at their intervals, each in an application context and a session of its own.

    executors: further pools of threads beside the default one, name → threads.
    """

    def __init__(self, app: Flask, executors: Mapping[str, int]):
        self._app = app
        self._stopping = threading.Event()
        pools = {"default": THREADS, **executors}
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={name: ThreadPoolExecutor(threads) for name, threads in pools.items()},
        )
        self._watchdog = threading.Thread(target=self._watch, name="watchdog", daemon=True)
        self._idle = threading.Condition()
        self._running = 0

    def start(self) -> None:
        self._scheduler.start()
        self._watchdog.start()

    def is_stopping(self) -> bool:
        """Whether no new row may be taken."""
        return self._stopping.is_set()

    def stop(self) -> bool:
        """Finish the rows in hand, take no new ones.

        False when some take too long: the process had better end now, by os._exit, since an
        ordinary end would wait for their threads. Another node finds them, as after a crash.
        """
        self._stopping.set()
        self._scheduler.shutdown(wait=False)
        with self._idle:
            return self._idle.wait_for(lambda: self._running == 0, STOP_SECONDS)

    def add(
        self, job, seconds: float, instances: int, *arguments, executor: str = "default"
    ) -> None:
        """Tick `job(*arguments)` so often, at most `instances` at once."""
        # A tick that comes late must still come, however late, and only once.
        self._scheduler.add_job(
            self._run,
            Every(seconds),
            args=[job, *arguments],
            next_run_time=datetime.now(UTC),
            id=" ".join([job.__name__, *(one for one in arguments if isinstance(one, str))]),
            max_instances=instances,
            executor=executor,
            coalesce=True,
            misfire_grace_time=None,
        )

    def _run(self, job, *arguments) -> None:
        with self._idle:
            self._running += 1
        try:
            self._tick(job, *arguments)
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()

    def _tick(self, job, *arguments) -> None:
        with self._app.app_context():
            try:
                job(*arguments)
            except OperationalError as error:  # it is away or busy: no news each second
                db.session.rollback()
                reason = type(error.orig).__name__
                log.error("%s: the database did not take part (%s)", job.__name__, reason)
            except Exception:  # the next tick goes on
                db.session.rollback()
                log.exception("%s: this tick failed", job.__name__)
            finally:
                db.session.remove()

    def _watch(self) -> None:
        """APScheduler stands still when the wall clock steps back (apscheduler#351): wake it."""
        offset = time.time() - time.monotonic()
        while not self._stopping.wait(WATCHDOG_SECONDS):
            now = time.time() - time.monotonic()
            if abs(now - offset) > CLOCK_STEP_SECONDS:
                log.warning("the machine's clock stepped by %.1f s", now - offset)
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))
            offset = now
