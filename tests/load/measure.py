"""Timing requests over kept connections, one after the other or many at once."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

TIMEOUT = 30


@dataclass
class Times:
    """Seconds of each request that was answered; bad: the statuses that were not 2xx or 3xx."""

    seconds: list[float] = field(default_factory=list)
    bad: list[int] = field(default_factory=list)
    wall: float = 0.0

    def add(self, request: Callable[[], int]) -> None:
        """Make this request, which answers its status."""
        begun = time.perf_counter()
        status = request()
        self.seconds.append(time.perf_counter() - begun)
        if not 200 <= status < 400:
            self.bad.append(status)

    @property
    def p50(self) -> float:
        return statistics.median(self.seconds)

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.seconds, n=100, method="inclusive")[98]

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.seconds) / self.wall


class Line:
    """One kept connection, with a browser's cookie. Redirects are not followed."""

    def __init__(self, base: str, cookie: str = ""):
        self._http = http.client.HTTPConnection(urlsplit(base).netloc, timeout=TIMEOUT)
        self._headers = {"Cookie": cookie} if cookie else {}
        self.body = b""
        self.location = ""

    def get(self, path: str) -> int:
        return self._ask("GET", path, None, self._headers)

    def post(self, path: str, fields: dict[str, str]) -> int:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(fields), self._headers | kind)

    def close(self) -> None:
        """The next request makes a new connection."""
        self._http.close()

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> int:
        try:
            self._http.request(method, path, body, headers)
            answer = self._http.getresponse()
            self.body = answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        self.location = answer.headers.get("Location", "")
        return answer.status


def asker(base: str, path: str, cookie: str = "") -> Callable[[], int]:
    """A browser that asks for this page each time it is called."""
    line = Line(base, cookie)
    return lambda: line.get(path)


def at_once(count: int, seconds: float, make: Callable[[], Callable[[], int]]) -> Times:
    """So many clients ask again and again for so long. make: builds one client's request."""
    clients = [(make(), Times()) for _number in range(count)]
    ends = time.monotonic() + seconds

    def ask(request: Callable[[], int], times: Times) -> None:
        while time.monotonic() < ends:
            times.add(request)

    threads = [threading.Thread(target=ask, args=client) for client in clients]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    together = Times(wall=time.perf_counter() - begun)
    for _request, times in clients:
        together.seconds += times.seconds
        together.bad += times.bad
    return together
