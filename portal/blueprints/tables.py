"""Tables and other files to take away: CSV as spreadsheets read it, a row at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from flask import Response

# A cell of Excel holds 32,767 characters.
LONGEST_CELL = 32_000
# Excel takes the byte order mark for a sign of UTF-8.
MARK = "\ufeff"
# What begins so is a formula to a spreadsheet: it could read or send what stands beside it.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def file(content: str | Iterable[str], kind: str, name: str) -> Response:
    """An answer that the browser saves under this name. kind: its MIME type."""
    answer = Response(content, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def lines(rows: Iterable[Iterable]) -> Iterator[str]:
    """The table as text, a row at a time."""
    yield MARK
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([_harmless(cell) for cell in row])
        yield line.getvalue()


def cut(text: str) -> str:
    """As much of a text as a cell holds."""
    return text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + "…"


def _harmless(cell):
    is_formula = isinstance(cell, str) and cell.startswith(FORMULAS)
    return f"'{cell}" if is_formula else cell
