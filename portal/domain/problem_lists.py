"""Lists of problem SQL: a page of them, those that somebody ticked, all that match a filter.

A list reads the beginning of each SQL only: one may have two mebibytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Select
from sqlalchemy.orm import defer, joinedload

from portal.extensions import db
from portal.models import (
    IssueState,
    Level,
    Member,
    ProblemIssue,
    ProblemSource,
    ProblemSql,
    ProblemStatus,
    Project,
    Ticket,
)

PAGE = 50
MOST_AT_ONCE = 1000
MOST_ROWS = 50_000
SQL_SHOWN = 160
LARGEST_ID = 2**31 - 1
NOBODY = "-"
_CHUNK = 500


class PushState(StrEnum):
    """未推送, 推送中, 已推送, 推送失败."""

    NONE = "none"
    QUEUED = IssueState.QUEUED.value
    CREATED = IssueState.CREATED.value
    FAILED = IssueState.FAILED.value


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; None and "" mean all. assignee: a username, or NOBODY."""

    status: ProblemStatus | None = None
    keyword: str = ""
    level: Level | None = None
    source: ProblemSource | None = None
    datasource_id: int | None = None
    assignee: str = ""
    push: PushState | None = None


@dataclass(frozen=True)
class Row:
    """A problem in a list. sql: its beginning, a character more than `length` if it was cut."""

    problem: ProblemSql
    sql: str


@dataclass(frozen=True)
class Listing:
    """next_before: where the next page begins; None on the last one."""

    rows: list[Row]
    next_before: int | None


def of_project(
    project: Project,
    filters: Filters,
    before: int | None = None,
    limit: int = PAGE,
    length: int = SQL_SHOWN,
) -> Listing:
    """The project's problems, newest first, from below this id on."""
    beginning = db.func.substr(ProblemSql.sql, 1, length + 1)
    query = _narrowed(db.select(ProblemSql, beginning), project, filters).options(*_LIST)
    if before is not None:
        query = query.where(ProblemSql.id < min(before, LARGEST_ID))
    query = query.order_by(ProblemSql.id.desc()).limit(limit + 1)
    found = [Row(*pair) for pair in db.session.execute(query)]
    rows = found[:limit]
    return Listing(rows, rows[-1].problem.id if len(found) > limit else None)


def counts(project: Project) -> dict[ProblemStatus, int]:
    """How many problems of the project are in each status."""
    query = (
        db.select(ProblemSql.status, db.func.count())
        .where(ProblemSql.project_id == project.id)
        .group_by(ProblemSql.status)
    )
    found = dict(db.session.execute(query).all())
    return {status: found.get(status, 0) for status in ProblemStatus}


def number(project: Project, filters: Filters) -> int:
    """How many match; counting ends just above MOST_AT_ONCE."""
    query = _narrowed(db.select(ProblemSql.id), project, filters).limit(MOST_AT_ONCE + 1)
    return db.session.scalar(db.select(db.func.count()).select_from(query.subquery()))


def ticked(project: Project, ids: Sequence[int]) -> list[ProblemSql]:
    """Those of this project among them, newest first; the others are left aside."""
    found = []
    for start in range(0, len(ids), _CHUNK):
        query = db.select(ProblemSql).where(
            ProblemSql.project_id == project.id, ProblemSql.id.in_(ids[start : start + _CHUNK])
        )
        found += db.session.scalars(query.options(*_WITHOUT_SQL))
    return sorted(found, key=lambda problem: -problem.id)


def matching(project: Project, filters: Filters) -> list[ProblemSql]:
    """All that match, newest first; one more than MOST_AT_ONCE where there are more."""
    query = _narrowed(db.select(ProblemSql), project, filters).options(*_WITHOUT_SQL)
    query = query.order_by(ProblemSql.id.desc()).limit(MOST_AT_ONCE + 1)
    return list(db.session.scalars(query))


def assignees(project: Project) -> list[Member]:
    """Who has problems of the project, whoever may have left or been disabled since; by name."""
    mine = db.select(ProblemSql.assignee_id).where(
        ProblemSql.project_id == project.id, ProblemSql.assignee_id.is_not(None)
    )
    query = db.select(Member).where(Member.id.in_(mine)).order_by(Member.username)
    return list(db.session.scalars(query))


def any_queued(project: Project) -> bool:
    """Whether some push of the project waits."""
    query = (
        db.select(ProblemIssue.id)
        .join(ProblemSql, ProblemSql.id == ProblemIssue.problem_id)
        .where(ProblemSql.project_id == project.id, ProblemIssue.state == IssueState.QUEUED)
    )
    return db.session.scalar(query.limit(1)) is not None


def find(project: Project, id: int) -> ProblemSql | None:
    """The project's problem with this id, whole."""
    query = db.select(ProblemSql).filter_by(project_id=project.id, id=id).options(*_RELATED)
    return db.session.scalars(query).one_or_none()


_RELATED = (
    joinedload(ProblemSql.datasource),
    joinedload(ProblemSql.ticket).load_only(Ticket.number),
    joinedload(ProblemSql.assignee),
    joinedload(ProblemSql.issue).joinedload(ProblemIssue.assignee),
)
_WITHOUT_SQL = (defer(ProblemSql.sql), defer(ProblemSql.fingerprint))
_LIST = (*_RELATED, *_WITHOUT_SQL)


def _narrowed(query: Select, project: Project, filters: Filters) -> Select:
    conditions = [ProblemSql.project_id == project.id]
    if filters.status is not None:
        conditions.append(ProblemSql.status == filters.status)
    if filters.keyword:
        conditions.append(ProblemSql.sql.icontains(filters.keyword, autoescape=True))
    if filters.level is not None:
        conditions.append(ProblemSql.level == filters.level)
    if filters.source is not None:
        conditions.append(ProblemSql.source == filters.source)
    if filters.datasource_id is not None:
        conditions.append(ProblemSql.datasource_id == min(filters.datasource_id, LARGEST_ID))
    if filters.assignee == NOBODY:
        conditions.append(ProblemSql.assignee_id.is_(None))
    elif filters.assignee:
        named = db.select(Member.id).where(Member.username == filters.assignee)
        conditions.append(ProblemSql.assignee_id == named.scalar_subquery())
    if filters.push is not None:
        conditions.append(_pushed(filters.push))
    return query.where(*conditions)


def _pushed(state: PushState):
    if state is PushState.NONE:
        return ~ProblemSql.issue.has()
    return ProblemSql.issue.has(ProblemIssue.state == IssueState(state.value))
