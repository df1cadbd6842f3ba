"""A table of slow queries (CSV), as databases and their consoles export it → its statements."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from portal.sqlaudit.limits import MAX_BYTES
from portal.sqlaudit.slow_log import SlowQuery

# The first of these that is there. A sample has its values, a digest has not.
_SQL = ("sql", "query", "sql_text", "query_sample_text", "digest_text")
_COUNT = ("count", "calls", "exec_count", "count_star")
_SCHEMA = ("schema", "db", "schema_name")
_DELIMITERS = ",;\t"
_MOST = 2**31 - 1
# How a digest cuts a list, and how pg_stat_statements writes a value: neither can be parsed.
_CUT_LIST = re.compile(r"\(\s*\.\.\.\s*\)")
_NUMBERED = re.compile(r"(?<![\w$])\$\d+")

csv.field_size_limit(MAX_BYTES)  # of the whole process, whose other tables are its own


def is_slow_table(text: str) -> bool:
    """Whether the first line names a column of SQL."""
    return any(name in _columns(text) for name in _SQL)


def read_slow_table(text: str, dialect: str) -> Iterator[SlowQuery]:
    """One a row that has any SQL."""
    columns = _columns(text)
    rows = csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=_delimiter(text))
    next(rows)
    for row in rows:
        values = dict(zip(columns, row, strict=False))
        sql = _readable(_value(values, _SQL), dialect)
        if sql:
            yield SlowQuery(sql, _value(values, _SCHEMA), _number(_value(values, _COUNT)))


def _columns(text: str) -> list[str]:
    line = text.lstrip().partition("\n")[0][:4096]
    try:
        cells = next(csv.reader([line], delimiter=_delimiter(text)), [])
    except csv.Error:
        return []
    return [cell.strip().lower() for cell in cells]


def _delimiter(text: str) -> str:
    line = text.lstrip().partition("\n")[0][:4096]
    return max(_DELIMITERS, key=line.count)


def _value(values: dict[str, str], names: tuple[str, ...]) -> str:
    found = (values[name].strip() for name in names if name in values)
    return next((text for text in found if text), "")


def _number(text: str) -> int:
    match = re.match(r"\d{1,10}", text.replace(",", ""))
    return min(max(int(match[0]), 1), _MOST) if match else 1


def _readable(sql: str, dialect: str) -> str:
    sql = _CUT_LIST.sub("(?)", sql).rstrip("; \n")
    return _NUMBERED.sub("?", sql) if dialect == "postgresql" else sql
