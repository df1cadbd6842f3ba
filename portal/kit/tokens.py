"""Access tokens of this process: one fetch at a time an app, kept until shortly before expiry."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable

MARGIN_SECONDS = 300


def digest(*parts: str) -> str:
    """The cache's key: a secret is never kept to find its token."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class TokenCache:
    """Tokens under a digest of address, app key and secret."""

    def __init__(self) -> None:
        self._tokens: dict[str, tuple[str, float]] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()

    def get(self, key: str, fetch: Callable[[], tuple[str, int]], wait_seconds: float) -> str:
        """The token, fetched if there is none that still lives; others wait for the fetch.

        fetch answers the token and its seconds. Raises TimeoutError when another's fetch takes
        longer than wait_seconds.
        """
        token = self._living(key)
        if token is not None:
            return token
        with self._guard:
            lock = self._locks[key]
        if not lock.acquire(timeout=max(wait_seconds, 0)):
            raise TimeoutError
        try:
            token = self._living(key)
            if token is None:
                token, seconds = fetch()
                self.put(key, token, seconds)
            return token
        finally:
            lock.release()

    def put(self, key: str, token: str, seconds: int) -> None:
        """Keep a token that lives for so many seconds."""
        now = time.monotonic()
        with self._guard:
            self._tokens = {k: kept for k, kept in self._tokens.items() if kept[1] > now}
            self._tokens[key] = (token, now + seconds - min(MARGIN_SECONDS, seconds / 2))

    def drop(self, key: str, token: str) -> None:
        """Forget a token that was refused, unless somebody has fetched another since."""
        with self._guard:
            if self._tokens.get(key, ("", 0))[0] == token:
                del self._tokens[key]

    def _living(self, key: str) -> str | None:
        with self._guard:
            token, ends = self._tokens.get(key, ("", 0.0))
        return token if token and ends > time.monotonic() else None


PROCESS_TOKENS = TokenCache()
