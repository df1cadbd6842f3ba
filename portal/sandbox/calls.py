"""What views add to the log of calls (see gate.py), and how often each API was called of late."""

import time
from collections import defaultdict, deque
from threading import Lock

from flask import current_app, request


def note_code(code: str) -> None:
    """Remember the business code of this answer."""
    request.environ.setdefault("sandbox.call", {})["code"] = code


def note_app(app_key: str) -> None:
    """Remember which app called."""
    request.environ.setdefault("sandbox.call", {})["app_key"] = app_key


def note_counted() -> None:
    """This call counts towards a month's quota."""
    request.environ.setdefault("sandbox.call", {})["counted"] = True


class RecentCalls:
    """When each API was called, for limits by the second and the minute."""

    def __init__(self):
        self._lock, self._calls = Lock(), defaultdict(deque)

    def limit_hit(
        self, key: tuple, limits: list[tuple[float, float]]
    ) -> tuple[float, float] | None:
        """Count one call; or the limit that it ran into, as (how many calls, seconds until one may
        come again): then it was not counted.

        limits: (how many calls, in how many seconds).
        """
        now = time.monotonic()
        with self._lock:
            calls = self._calls[key]
            longest = max((seconds for _, seconds in limits), default=0)
            while calls and calls[0] <= now - longest:
                calls.popleft()
            for most, seconds in limits:
                recent = [at for at in calls if at > now - seconds]
                if len(recent) >= most:
                    return most, recent[0] + seconds - now if recent else seconds
            calls.append(now)
            return None

    def forget(self) -> None:
        with self._lock:
            self._calls.clear()


def recent_calls() -> RecentCalls:
    """Kept with the application: several sandboxes may live in one test process."""
    return current_app.extensions["sandbox_recent_calls"]
