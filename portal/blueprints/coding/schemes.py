"""Under which word a token is accepted: "token", as documented, or "Bearer" (fact sheet §2)."""

from __future__ import annotations

import re
import threading

SCHEMES = ("token", "Bearer")
MOST = 200


class SchemeMemory:
    """What worked in this process. key: a digest of address and token, never the token."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._guard = threading.Lock()

    def order(self, key: str) -> tuple[str, ...]:
        """The schemes to try, the one that worked before first."""
        with self._guard:
            first = self._known.get(key, SCHEMES[0])
        return (first, *(one for one in SCHEMES if one != first))

    def knows(self, key: str) -> bool:
        """Whether one has been accepted before."""
        with self._guard:
            return key in self._known

    def accepted(self, key: str, scheme: str) -> None:
        """Try this one first from now on."""
        with self._guard:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[key] = scheme


PROCESS_SCHEMES = SchemeMemory()


def bare(token: str) -> str:
    """The token without a scheme that was pasted along with it."""
    words = token.split()
    if len(words) > 1 and words[0].lower() in {one.lower() for one in SCHEMES}:
        return words[-1]
    return token.strip()


def is_word(token: str) -> bool:
    """Whether this may stand in a header: printable ASCII without blanks."""
    return bool(re.fullmatch(r"[!-~]+", token))
