"""Looking for a project's tickets at a price that does not grow with their number.

A status, a creator, whoever a ticket waits for, and days are found by an index. Words and a data
source are in none that all databases have, nor are two of those together: of the tickets that an
index gives, newest first, REACH are looked at; how far that was is told, and the next search goes
on from there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Select

from portal.extensions import db
from portal.models import Member, Project, Ticket, TicketStatus, TicketStepAssignee, TicketTask

REACH = 10_000
LARGEST_NUMBER = 2**31 - 1
# Numbers rise with time, but for the clocks of several nodes: so many beside a day's are looked at.
BESIDE = 1000


@dataclass(frozen=True)
class Filters:
    """What a list is narrowed to; empty values mean all.

    creator, assignee: usernames. assignee: whoever the ticket waits for. created_from (with)
    and created_to (without): UTC.
    """

    statuses: tuple[TicketStatus, ...] = ()
    keyword: str = ""
    creator: str = ""
    assignee: str = ""
    datasource_id: int | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None


@dataclass(frozen=True)
class Search:
    """query: the tickets, in order, one more than the limit. searched_to: the number down to
    which was looked, None where that is the first."""

    query: Select[tuple[Ticket]]
    searched_to: int | None


@dataclass(frozen=True)
class _Range:
    """Numbers, both ends included."""

    low: int = 0
    high: int = LARGEST_NUMBER

    def holds(self) -> ColumnElement[bool]:
        return Ticket.number.between(self.low, self.high)


def search(project: Project, filters: Filters, before: int | None, limit: int) -> Search:
    """The project's tickets that match, newest first, from below this number on."""
    candidates = _candidates(project, filters)
    within = _days(project, filters, _below(before))
    others = _others(filters)
    searched_to = _reach(candidates, within) if others else None
    if searched_to is not None:
        within = replace(within, low=searched_to)
    created = _created(filters)
    parts = [one.where(within.holds(), *created, *others) for one in candidates]
    query = db.select(Ticket)
    number = _number(filters.keyword) if before is None else None
    if number is not None:
        others = _others(replace(filters, keyword=""))
        parts += [one.where(Ticket.number == number, *created, *others) for one in candidates]
        query = query.order_by(db.case((Ticket.number == number, 0), else_=1))
    found = query.where(Ticket.id.in_(together(parts, limit + 1)))
    return Search(found.order_by(Ticket.number.desc()).limit(limit + 1), searched_to)


def awaiting(member_id) -> Select[tuple[int]]:
    """Ids of the tickets of which this member may decide the open step, newest first."""
    awaited = TicketStepAssignee.awaited_ticket_id
    query = db.select(Ticket.id).join(TicketStepAssignee, awaited == Ticket.id)
    mine = (TicketStepAssignee.member_id == member_id, awaited.is_not(None))
    return query.where(*mine).order_by(awaited.desc())


def together(parts: list[Select[tuple[int]]], limit: int) -> Select[tuple[int]]:
    """The first ids of every part, each by its own order."""
    ids = [db.select(part.limit(limit).subquery().c.id) for part in parts]
    return db.select(db.union_all(*ids).subquery().c.id)


def _candidates(project: Project, filters: Filters) -> list[Select[tuple[int]]]:
    """What indexes find, each newest first."""
    here = db.select(Ticket.id).where(Ticket.project_id == project.id)
    newest = here.order_by(Ticket.number.desc())
    if filters.assignee:
        return _of_assignee(project, filters, newest)
    if filters.statuses:
        return [newest.where(Ticket.status == status) for status in filters.statuses]
    if filters.creator:
        return [newest.where(Ticket.creator_id == id_of(filters.creator))]
    return [newest]


def _of_assignee(project: Project, filters: Filters, newest: Select) -> list[Select[tuple[int]]]:
    """What waits for this member: to decide, or to edit it after a rejection."""
    member_id, statuses = id_of(filters.assignee), filters.statuses
    to_decide = awaiting(member_id).where(Ticket.project_id == project.id)
    if statuses:
        to_decide = to_decide.where(Ticket.status.in_(statuses))
    if statuses and TicketStatus.REJECTED not in statuses:
        return [to_decide]
    rejected = newest.where(Ticket.status == TicketStatus.REJECTED)
    return [to_decide, rejected.where(Ticket.creator_id == member_id)]


def _below(before: int | None) -> _Range:
    return _Range() if before is None else _Range(high=min(before, LARGEST_NUMBER) - 1)


def _days(project: Project, filters: Filters, within: _Range) -> _Range:
    """The range narrowed to the numbers of these days, roughly."""
    numbers = db.select(Ticket.number).where(Ticket.project_id == project.id).limit(1)
    if filters.created_from is not None:
        since = numbers.where(Ticket.created_at >= filters.created_from)
        first = db.session.scalar(since.order_by(Ticket.created_at)) or LARGEST_NUMBER
        within = replace(within, low=max(within.low, first - BESIDE))
    if filters.created_to is not None:
        until = numbers.where(Ticket.created_at < filters.created_to)
        last = db.session.scalar(until.order_by(Ticket.created_at.desc())) or 0
        within = replace(within, high=min(within.high, last + BESIDE))
    return within


def _others(filters: Filters) -> list[ColumnElement[bool]]:
    """What has to be looked at ticket by ticket."""
    conditions = []
    if filters.keyword:
        conditions.append(Ticket.subject.icontains(filters.keyword, autoescape=True))
    if filters.creator and (filters.statuses or filters.assignee):
        conditions.append(Ticket.creator_id == id_of(filters.creator))
    if filters.datasource_id is not None:
        conditions.append(_runs_on(min(filters.datasource_id, LARGEST_NUMBER)))
    return conditions


def _runs_on(datasource_id: int) -> ColumnElement[bool]:
    """Counted ticket by ticket: an EXISTS is turned by MariaDB into a walk through all tasks."""
    query = db.select(db.func.count()).select_from(TicketTask)
    query = query.where(
        TicketTask.ticket_id == Ticket.id, TicketTask.datasource_id == datasource_id
    )
    return query.correlate(Ticket).scalar_subquery() > 0


def _created(filters: Filters) -> list[ColumnElement[bool]]:
    conditions = []
    if filters.created_from is not None:
        conditions.append(Ticket.created_at >= filters.created_from)
    if filters.created_to is not None:
        conditions.append(Ticket.created_at < filters.created_to)
    return conditions


def _reach(candidates: list[Select[tuple[int]]], within: _Range) -> int | None:
    """The number of the last ticket that is looked at; None where all of them are."""
    ends = [
        one.with_only_columns(Ticket.number)
        .where(within.holds())
        .offset(REACH - 1)
        .limit(1)
        .subquery()
        for one in candidates
    ]
    together = db.union_all(*[db.select(end.c.number) for end in ends])
    return max(db.session.scalars(together), default=None)


def _number(keyword: str) -> int | None:
    """The ticket's number that was typed, if it can be one."""
    digits = keyword.removeprefix("#")
    if digits.isascii() and digits.isdigit() and int(digits[:11]) <= LARGEST_NUMBER:
        return int(digits[:11])
    return None


def id_of(username: str):
    """The id of the member of this name, as part of a statement."""
    return db.select(Member.id).where(Member.username == username).scalar_subquery()
