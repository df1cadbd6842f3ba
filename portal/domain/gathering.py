"""Statements with findings become problem SQL: each once for a data source and schema."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row

from portal.domain import records
from portal.domain.filing import TaskDraft
from portal.domain.sightings import MOST, Key, Seen, seen_in, together
from portal.extensions import db
from portal.kit.clock import utc_now
from portal.models import (
    Member,
    ProblemSource,
    ProblemSql,
    ProblemStatus,
    Project,
    Ticket,
)

# SQLite takes 32,766 parameters a statement, older ones 999.
_CHUNK = 500


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
    found = together(seen)
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
        "count": min(row.times + count, MOST),
        "status": ProblemStatus.UNHANDLED if came_back else row.status,
        "reopened_at": now if came_back else row.reopened_at,
    }
