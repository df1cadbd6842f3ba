"""Statements with findings become problem SQL: each once for a data source and schema."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Row

from portal.domain import filing, records
from portal.domain.filing import TaskDraft
from portal.extensions import db
from portal.kit.clock import utc_now
from portal.models import (
    DataSource,
    DbType,
    Level,
    Member,
    ProblemSource,
    ProblemSql,
    ProblemStatus,
    Project,
    Ticket,
)
from portal.sqlaudit import Statement

# SQLite takes 32,766 parameters a statement, older ones 999.
_CHUNK = 500
_LONGEST_SCHEMA = 128
_MOST = 2**31 - 1
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


@dataclass(frozen=True)
class Gathered:
    """What became of them: so many new problems, so many that were known; of these, reopened."""

    new: int = 0
    again: int = 0
    reopened: int = 0


def lock(project: Project) -> None:
    """One gathering at a time in a project, till the commit: no two may add the same problem."""
    row = db.select(Project.id).where(Project.id == project.id)
    db.session.execute(row.with_for_update(key_share=True))


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


def from_ticket(ticket: Ticket, drafts: Sequence[TaskDraft], actor: Member) -> Gathered:
    """What was found in a ticket that is filed or resubmitted, in the same transaction."""
    seen = [
        one
        for draft in drafts
        for one in seen_in(draft.datasource, draft.schema, draft.audit.statements)
    ]
    return gather(ticket.project, seen, ProblemSource.TICKET, actor, ticket)


def gather(
    project: Project,
    seen: Iterable[Seen],
    source: ProblemSource,
    actor: Member,
    ticket: Ticket | None = None,
) -> Gathered:
    """Add or update their problems. A solved one that comes back waits to be handled again."""
    found = _together(seen)
    if not found:
        return Gathered()
    lock(project)
    known = _known(project, list(found))
    now = utc_now()
    facts = {"source": source, "ticket_id": ticket.id if ticket else None, "last_seen_at": now}
    added, updated, reopened = [], [], []
    for key, one in found.items():
        values = {"sql": one.sql, "findings": one.findings, "level": one.level, **facts}
        row = known.get(key)
        if row is None:
            added.append(_new(project, one, key) | values | {"first_seen_at": now})
        else:
            updated.append(values | _again(row, one.count, now))
            reopened += [row.id] if row.status == ProblemStatus.SOLVED else []
    if added:
        db.session.execute(db.insert(ProblemSql), added)
    if updated:
        db.session.execute(db.update(ProblemSql), updated)
    for id in reopened:
        action, details = records.Action.PROBLEM_REOPENED, {"source": source.value}
        records.add(action, subject_of(project, id), actor, details)
    return Gathered(len(added), len(updated), len(reopened))


def subject_of(project: Project, id: int | None = None) -> str:
    """How records name a problem, or several of a project."""
    return f"problem:{project.name}/{id}" if id else f"problem:{project.name}"


def _together(seen: Iterable[Seen]) -> dict[Key, Seen]:
    """Each once; the last one's text stands for all of them, their numbers are added."""
    found: dict[Key, Seen] = {}
    for one in seen:
        first = found.get(one.key)
        found[one.key] = replace(one, count=min(one.count + (first.count if first else 0), _MOST))
    return found


def _known(project: Project, keys: Sequence[Key]) -> dict[Key, Row]:
    digests = sorted({digest for _source, _schema, digest in keys})
    rows = {}
    for start in range(0, len(digests), _CHUNK):
        chunk = digests[start : start + _CHUNK]
        query = db.select(
            ProblemSql.id,
            ProblemSql.datasource_id,
            ProblemSql.schema,
            ProblemSql.digest,
            ProblemSql.status,
            ProblemSql.count.label("times"),
            ProblemSql.reopened_at,
        ).where(ProblemSql.project_id == project.id, ProblemSql.digest.in_(chunk))
        for row in db.session.execute(query):
            rows[row.datasource_id, row.schema, row.digest] = row
    return rows


def _new(project: Project, one: Seen, key: Key) -> dict:
    return {
        "project_id": project.id,
        "datasource_id": one.datasource_id,
        "schema": one.schema,
        "digest": key[-1],
        "fingerprint": one.fingerprint,
        "count": one.count,
    }


def _again(row: Row, count: int, now: datetime) -> dict:
    came_back = row.status == ProblemStatus.SOLVED
    return {
        "id": row.id,
        "count": min(row.times + count, _MOST),
        "status": ProblemStatus.UNHANDLED if came_back else row.status,
        "reopened_at": now if came_back else row.reopened_at,
    }
