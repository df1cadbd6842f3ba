"""Whose card an instance is: once read, it is known in this process, since a form never changes.

Each look for a card in doubt meets the cards of all the other starts in doubt. Read anew each time,
a hundred doubts would cost ten thousand calls of the month's quota, and none would end before its
deadline: with what was read so far known, the next look gets further.
"""

from __future__ import annotations

import threading
from collections.abc import Container

MOST = 20_000


class CardKeys:
    """External id → 审批编号 of so many cards; those known longest make room."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._keys: dict[str, str] = {}
        self._guard = threading.Lock()

    def keep(self, external_id: str, key: str) -> None:
        """A card's key, as it was read over there."""
        with self._guard:
            self._keys[external_id] = key
            while len(self._keys) > self._most:
                del self._keys[next(iter(self._keys))]

    def is_of_others(self, external_id: str, keys: Container[str]) -> bool:
        """Whether the card is known, and is none of these."""
        key = self._keys.get(external_id)
        return key is not None and key not in keys


PROCESS_KEYS = CardKeys()
