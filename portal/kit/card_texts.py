"""Texts for a card's fields: cleaned of what breaks encoders, cut to documented lengths.

Characters are counted as the platforms' Java and JavaScript count them (UTF-16 units): an emoji
is two. An empty value is never sent: '-' stands in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from flask_babel import gettext as _

LINE_LIMIT = 1000
AREA_LIMIT = 8000

_LINE_BREAKS = re.compile("\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f]")


def line(text: str, limit: int = LINE_LIMIT) -> str:
    """One line of at most limit characters; '-' when there is nothing to say."""
    return cut(_LINE_BREAKS.sub(" ", harmless(text)).strip(), limit) or "-"


def area(text: str, limit: int = AREA_LIMIT, line_break: str = "\n") -> str:
    """Lines parted as the platform parts them; '-' when there is nothing to say."""
    return cut(_LINE_BREAKS.sub(line_break, harmless(text)).strip(), limit) or "-"


def table(rows: Sequence[Sequence[str]], columns: int, limit: int, cell: int) -> list[list[str]]:
    """At least one row, at most limit; a last one that says so where some were left out."""
    shown = list(rows) or [("",) * columns]
    if len(shown) > limit:
        rest = _("…（共 %(count)s 行，其余见工单页面）", count=len(shown))
        shown = [*shown[: limit - 1], (rest, *("",) * (columns - 1))]
    return [[line(text, cell) for text in row] for row in shown]


def harmless(text: str) -> str:
    """Without what breaks an encoder or a database: lone surrogates and control characters."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", whole)


def is_said(text: str, comments: Iterable[str]) -> bool:
    """Whether one of the comments has this very text, however its white space was kept."""
    return " ".join(text.split()) in {" ".join(one.split()) for one in comments}


def length(text: str) -> int:
    """Characters as the platforms count them (UTF-16 units)."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, limit: int) -> str:
    """At most limit characters, with a note in place of what is left out."""
    if length(text) <= limit:
        return text
    note = _("…（已截断，共 %(count)s 字，完整内容见工单页面）", count=len(text))
    kept = text.encode("utf-16-le")[: 2 * (limit - length(note))].decode("utf-16-le", "ignore")
    return kept.rstrip("\r") + note
