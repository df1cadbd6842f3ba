"""MySQL's slow log → its statements. MariaDB's and Percona's heads have more lines, no matter.

https://dev.mysql.com/doc/refman/8.4/en/slow-query-log.html: the names of schemas stand in `use`
lines, written when they change, or in the heads (Percona, MariaDB).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEAD = re.compile(r"# (?:Time|User@Host):")
_SURE_HEAD = re.compile(r"^# (?:User@Host|Query_time): ", re.MULTILINE)
_SCHEMA = re.compile(r"\bSchema: ([^\s:]+)(?=\s|$)")
# Possessive throughout: whatever a file holds is read once, from its beginning to its end.
_USE = re.compile(r"\s*+use\s++`?+([^`;]++)`?+\s*+;", re.IGNORECASE)
_SET = re.compile(
    r"\s*+SET\s++(?:(?:timestamp|last_insert_id|insert_id)\s*+=\s*+[\d.]++\s*+,?+\s*+)++;",
    re.IGNORECASE,
)
# What the server writes when it starts, in the midst of the file too.
_BANNER = re.compile(r"Tcp port: |Time ++Id ++Command ++Argument")
_ADMINISTRATION = "# administrator command:"


@dataclass(frozen=True)
class SlowQuery:
    """One entry. schema: empty when it is not said; count: how often it ran."""

    sql: str
    schema: str = ""
    count: int = 1


def is_slow_log(text: str) -> bool:
    """Whether the heads of a slow log stand in this text."""
    return _SURE_HEAD.search(text) is not None


def read_slow_log(text: str) -> Iterator[SlowQuery]:
    """Its statements, one an entry, without those of the server itself."""
    schema, head, body = "", [], []
    for line in [*text.splitlines(), "# Time: the end"]:
        if _HEAD.match(line) and body:
            schema, sql = _entry(head, body, schema)
            if sql:
                yield SlowQuery(sql, schema)
            head, body = [line], []
        elif line.startswith("#") and not body:
            head.append(line)
        elif not _is_banner(line):
            body.append(line)


def _entry(head: list[str], body: list[str], schema: str) -> tuple[str, str]:
    """The schema by now, and the statement; empty where there is none."""
    named = _SCHEMA.search("\n".join(head))
    schema = named[1] if named else schema
    text, at = "\n".join(body), 0
    while match := _USE.match(text, at) or _SET.match(text, at):
        if match.re is _USE:
            schema = match[1].strip()
        at = match.end()
    sql = text[at:].strip()
    if not head or sql.startswith(_ADMINISTRATION):
        return schema, ""
    return schema, sql.rstrip("; \n")


def _is_banner(line: str) -> bool:
    _before, is_version, rest = line.partition(", Version: ")
    return bool(is_version and " started with:" in rest) or _BANNER.match(line) is not None
