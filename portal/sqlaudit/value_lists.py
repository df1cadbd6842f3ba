"""Lists of values in a fingerprint: as long as they may be, they read (?+)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

VALUE = "?"
_LIST = "(?+)"
_OPENING, _CLOSING = frozenset("(["), frozenset(")]")
_LIST_WORDS = frozenset({"in", "values", "value", "array"})
# What may stand in a list in place of a value. Dots: a digest's own way to cut a list.
_LIKE_VALUES = frozenset({"null", "true", "false", "default"})
_MEMBERS = frozenset({VALUE, _LIST, ",", "."})


@dataclass
class _Bracket:
    """An open one. start: where it stands."""

    start: int
    is_list: bool


class ValueLists:
    """The words of a statement, its lists shortened while they come in."""

    def __init__(self, words: Iterable[str]):
        self._kept: list[str] = []
        self._open: list[_Bracket] = []
        self._row: tuple[int, int] | None = None  # the last closed row of VALUES
        for word in words:
            self._add(word)

    def text(self) -> str:
        return " ".join(self._kept)

    def _add(self, word: str) -> None:
        if word in _OPENING:
            self._open.append(_Bracket(len(self._kept), self._begins_list()))
            self._kept.append(word)
        elif word in _CLOSING and self._open:
            self._kept.append(word)
            self._close(self._open.pop())
        elif word in _LIKE_VALUES and self._in_list() and self._last not in {"is", "not"}:
            self._kept.append(VALUE)
        else:
            self._kept.append(word)

    @property
    def _last(self) -> str:
        return self._kept[-1] if self._kept else ""

    def _in_list(self) -> bool:
        return bool(self._open) and self._open[-1].is_list

    def _begins_list(self) -> bool:
        """After IN and VALUES; a further row of VALUES; a row in a list of rows."""
        if self._last in _LIST_WORDS:
            return True
        if self._last == "," and self._row is not None and self._row[1] == len(self._kept) - 1:
            return True
        return self._in_list() and self._last in {"(", "[", ","}

    def _close(self, bracket: _Bracket) -> None:
        if not bracket.is_list:
            return
        inner = self._kept[bracket.start + 1 : -1]
        if inner and all(word in _MEMBERS for word in inner):
            self._kept[bracket.start :] = [_LIST]
        self._drop_repeated_row(bracket.start)

    def _drop_repeated_row(self, start: int) -> None:
        """VALUES (?, now()), (?, now()) is as good as one row."""
        row, last = self._kept[start:], self._row
        if last is not None and last[1] == start - 1 and self._kept[last[0] : last[1]] == row:
            del self._kept[last[1] :]
        else:
            self._row = (start, len(self._kept))
