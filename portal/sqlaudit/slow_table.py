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
_LINE_END = re.compile(r"[\r\n]")
_COLUMN = re.compile(r"\w+(?: +\w+)*")
# Such a first line is SQL; a table's column may be named as the last ones are.
_VERBS = (
    "select|insert|update|delete|replace|with|create|alter|drop|truncate|rename|grant|revoke|merge"
    "|call|use|execute|analyze|optimize|repair|flush|explain|describe|purge|vacuum|declare|show"
)
_STATEMENT = re.compile(rf"(?:{_VERBS})\b|(?:table|set|check|values|lock|desc|fetch) +\w")
_DELIMITERS = ",;\t"
_MOST = 2**31 - 1
# How a digest cuts a list, and how pg_stat_statements writes a value: neither can be parsed.
_CUT_LIST = re.compile(r"\(\s*\.\.\.\s*\)")
_NUMBERED = re.compile(r"(?<![\w$])\$\d+")

csv.field_size_limit(MAX_BYTES)  # of the whole process, whose other tables are its own


def is_slow_table(text: str) -> bool:
    """Whether the first line is nothing but names of columns, a column of SQL among them."""
    columns = _columns(text)
    if any(not _COLUMN.fullmatch(name) or _STATEMENT.match(name) for name in columns):
        return False
    return any(name in columns for name in _SQL)


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
    try:
        cells = next(csv.reader([_first_line(text)], delimiter=_delimiter(text)), [])
    except csv.Error:
        return []
    return [cell.strip().lower() for cell in cells]


def _delimiter(text: str) -> str:
    return max(_DELIMITERS, key=_first_line(text).count)


def _first_line(text: str) -> str:
    return _LINE_END.split(text.lstrip(), maxsplit=1)[0][:4096]


def _value(values: dict[str, str], names: tuple[str, ...]) -> str:
    found = (values[name].strip() for name in names if name in values)
    return next((text for text in found if text), "")


def _number(text: str) -> int:
    match = re.match(r"\d{1,10}", text.replace(",", ""))
    return min(max(int(match[0]), 1), _MOST) if match else 1


def _readable(sql: str, dialect: str) -> str:
    sql = _CUT_LIST.sub("(?)", sql).rstrip("; \n")
    return _NUMBERED.sub("?", sql) if dialect == "postgresql" else sql
