"""A platform's codes as a table: what the caller must do, said plainly, and the cure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portal.kit.errors import Kind


@dataclass(frozen=True)
class Row:
    """One row serves all codes that mean the same.

    codes      separated by blanks
    sentence   what happened, for people; may be a lazy text, as may the cure
    retry_after in seconds; throttled: the whole app must wait
    """

    codes: str
    kind: Kind
    sentence: str
    cure: str
    retry_after: float | None = None
    throttled: bool = False


def by_code(rows: Iterable[Row]) -> dict[str, Row]:
    """Code → its row."""
    return {code: row for row in rows for code in row.codes.split()}
