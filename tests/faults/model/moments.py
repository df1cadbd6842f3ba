"""The moments of a job between which it can die, or somebody else can act: its calls and commits.

No transaction is open around a call (DESIGN §5.2) nor after a commit, so that there an act of
somebody else is as good as one of another process.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

from portal.extensions import db
from portal.kit import http
from tests.platforms import PLATFORMS

# Whoever fetches a token holds its lock: another process has its own, another thread waits.
TOKENS = re.compile("|".join(one.token for one in PLATFORMS.values()))


class Died(BaseException):
    """The process is gone: nothing after this moment happens."""


class Moments:
    """Counts the moments of a job; at the one that was ordered, something happens once."""

    def __init__(self, number: int, event: Callable[[], object], is_death: bool):
        self._left, self._event, self._is_death = number, event, is_death
        self.has_come = False
        self._is_inside = False
        self._thread = threading.get_ident()

    def pass_one(self, is_free: bool) -> None:
        """One more moment. is_free: somebody else could act now, too."""
        is_ours = self._thread == threading.get_ident()  # a run is watched by a thread
        if self.has_come or self._is_inside or not is_ours:
            return
        if self._left > 0:
            self._left -= 1
            return
        if not (is_free or self._is_death):
            return
        self.has_come = self._is_inside = True
        try:
            self._event()
        finally:
            self._is_inside = False

    def exchange(self, call):
        """As http._exchange, with a moment before and after it."""

        def watched(request, *rest):
            is_free = not TOKENS.search(request.url)
            self.pass_one(is_free)
            answer = call(request, *rest)
            self.pass_one(is_free)
            return answer

        return watched

    def commit(self, call):
        """As db.session.commit, the same."""

        def watched():
            self.pass_one(False)
            call()
            self.pass_one(True)

        return watched


@contextmanager
def watched(moments: Moments) -> Iterator[None]:
    """While this lasts, the moments of whatever is done are counted."""
    with (
        mock.patch.object(http, "_exchange", moments.exchange(http._exchange)),
        mock.patch.object(db.session, "commit", moments.commit(db.session.commit)),
    ):
        yield


def die() -> None:
    """What happens to a process at one of them."""
    raise Died
