"""Beside every running statement: who blocks it, and an end when its time is over."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from portal.kit.databases.errors import TargetError
from portal.kit.databases.line import Blocker, Line
from portal.kit.databases.target import Limits

SLACK = 1.0  # seconds that a server has to end a statement by itself before we ask
GRACE = 30.0  # seconds between our first asking and cutting the connection
TICK = 2.0  # seconds between two askings: one may come before the server knows the statement
PATIENCE = 2.0  # seconds that a statement's end waits for a question in flight
# One question at least falls into a wait, wherever in the statement the wait begins.
SHARE_OF_LOCK = 0.6


class Watch:
    """A thread for the length of one statement; used as a context manager.

    stop      asks the server to end the statement; called at the time limit, and again
              each TICK while reason() knows one
    blockers  who kept the statement waiting when last asked
    """

    def __init__(
        self, line: Line, limits: Limits, stop: Callable[[], None], reason: Callable[[], str | None]
    ) -> None:
        self.blockers: list[Blocker] = []
        self._line = line
        self._stop = stop
        self._reason = reason
        self._over = threading.Event()
        self._pause = limits.lock * SHARE_OF_LOCK
        started = time.monotonic()
        self._look_at = started + self._pause
        slack = SLACK if line.enforces_statement_limit else 0.0
        self._stop_at = started + limits.statement + slack
        self._cut_at = self._stop_at + GRACE
        self._thread = threading.Thread(target=self._run, name="target-watch", daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        # Its questions have short limits of their own: what is late now ends by itself.
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        while not self._over.wait(self._seconds()):
            now = time.monotonic()
            if now >= self._cut_at:
                self._line.cut()
                return
            if now >= self._stop_at or self._reason() is not None:
                _quietly(self._stop)
            if now >= self._look_at:
                _quietly(self._look)
                self._look_at = time.monotonic() + self._pause

    def _seconds(self) -> float:
        now = time.monotonic()
        if now >= self._stop_at:
            return TICK
        return min(max(min(self._look_at, self._stop_at) - now, 0.0), TICK)

    def _look(self) -> None:
        self.blockers = self._line.blockers()


def _quietly(ask: Callable[[], None]) -> None:
    # What cannot be asked for stays unasked: the statement's own end tells the rest.
    with contextlib.suppress(TargetError):
        ask()
