"""Statements with findings, as an audit has seen them, and what makes two of them the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from portal.domain import filing
from portal.models import DataSource, DbType, Level
from portal.sqlaudit import Statement

MOST = 2**31 - 1
_LONGEST_SCHEMA = 128
# The place and the statement: data source, schema, digest.
Key = tuple[int, str, str]


@dataclass(frozen=True)
class Seen:
    """A statement with findings, in a data source and schema. count: how often."""

    datasource_id: int
    schema: str
    fingerprint: str
    sql: str
    level: Level
    findings: list[dict]
    count: int = 1

    @property
    def key(self) -> Key:
        # The schema is part of it: to some databases "a" and "A" are equal in a unique key.
        digest = hashlib.sha256(f"{self.schema}\0{self.fingerprint}".encode()).hexdigest()
        return self.datasource_id, self.schema, digest


def schema_in(source: DataSource, schema: str) -> str:
    """Where a statement runs: MySQL's database is a schema, named or not."""
    default = source.database if source.db_type == DbType.MYSQL else ""
    return (schema or default)[:_LONGEST_SCHEMA]


def seen_in(
    source: DataSource, schema: str, statements: Iterable[Statement], count: int = 1
) -> Iterator[Seen]:
    """Those that have findings."""
    place = schema_in(source, schema)
    for one in statements:
        if one.findings:
            findings = [filing.facts_of(finding) for finding in one.findings]
            yield Seen(source.id, place, one.fingerprint, one.sql, one.level, findings, count)


def together(seen: Iterable[Seen]) -> dict[Key, Seen]:
    """Each once; the last one's text stands for all of them, their numbers are added."""
    found: dict[Key, Seen] = {}
    for one in seen:
        first = found.get(one.key)
        found[one.key] = replace(one, count=min(one.count + (first.count if first else 0), MOST))
    return found
