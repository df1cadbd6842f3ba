"""Beside every running statement: who blocks it, and an end when its time is over."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from portal.kit.databases.line import Blocker, Line
from portal.kit.databases.target import Limits

SLACK = 1.0  # seconds that a server has to end a statement by itself before we ask
GRACE = 30.0  # seconds between our first asking and cutting the connection
TICK = 2.0  # seconds between two askings: one may come before the server knows the statement
PATIENCE = 2.0  # seconds that a statement's end waits for a question in flight
# Three questions fall into a wait, wherever in the statement it begins: one may come to nothing.
SHARE_OF_LOCK = 0.3


class Watch:
    """A thread for the length of one statement; used as a context manager.

    stop      asks the server to end the statement; called at the time limit, and again
              each TICK while reason() knows one
    blockers  who kept the statement waiting in its last wait, as far as anybody could tell
    """

    def __init__(
        self, line: Line, limits: Limits, stop: Callable[[], None], reason: Callable[[], str | None]
    ) -> None:
        self._found: list[Blocker] = []
        self._found_at = 0.0
        self._line = line
        self._stop = stop
        self._reason = reason
        self._over = threading.Event()
        self._longest_wait = limits.lock + PATIENCE
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

    @property
    def blockers(self) -> list[Blocker]:
        is_old = time.monotonic() - self._found_at > self._longest_wait
        return [] if is_old else self._found

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
        end = self._stop_at if now < self._stop_at else self._cut_at
        return min(max(min(self._look_at, end) - now, 0.0), TICK)

    def _look(self) -> None:
        # An empty answer may come from just after the wait: the names before it count.
        if found := self._line.blockers():
            self._found, self._found_at = found, time.monotonic()


def _quietly(ask: Callable[[], None]) -> None:
    # What cannot be asked for stays unasked: the statement's own end tells the rest. Whatever
    # went wrong, the watch goes on.
    with contextlib.suppress(Exception):
        ask()
