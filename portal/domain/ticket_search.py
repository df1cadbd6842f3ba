"""Looking for a project's tickets at a price that does not grow with their number.

A status, a creator and days are found by an index. Words, a data source and whoever a ticket
waits for are in none that all databases have: of the tickets that an index gives, newest first,
REACH are looked at; how far that was is told, and the next search goes on from there.
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
# Where one of the assignees of the step at `position` is awaited.
WAITING = (
    TicketStatus.WAIT_FOR_AUDIT,
    TicketStatus.WAIT_FOR_EXECUTION,
    TicketStatus.EXEC_SCHEDULED,
)


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
    if filters.assignee and not filters.statuses:
        filters = replace(filters, statuses=(*WAITING, TicketStatus.REJECTED))
    within = _days(project, filters, _below(before))
    indexed = [_indexed(project, filters, status) for status in filters.statuses or (None,)]
    others = _others(filters)
    searched_to = _reach(indexed, within) if others else None
    if searched_to is not None:
        within = replace(within, low=searched_to)
    shared = [within.holds(), *_created(filters), *others]
    parts = [_newest([*conditions, *shared], limit) for conditions in indexed]
    number = _number(filters.keyword) if before is None else None
    query = db.select(Ticket)
    if number is not None:
        others = _others(replace(filters, keyword=""))
        named = [Ticket.number == number, *_created(filters), *others]
        parts += [_newest([*conditions, *named], limit) for conditions in indexed]
        query = query.order_by(db.case((Ticket.number == number, 0), else_=1))
    found = query.where(Ticket.id.in_(together(parts)))
    return Search(found.order_by(Ticket.number.desc()).limit(limit + 1), searched_to)


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


def _indexed(project: Project, filters: Filters, status: TicketStatus | None) -> list:
    """What an index finds, in the order of numbers: with a status, or of a creator."""
    conditions = [Ticket.project_id == project.id]
    if status is not None:
        conditions.append(Ticket.status == status)
    elif filters.creator:
        conditions.append(Ticket.creator_id == id_of(filters.creator))
    return conditions


def _others(filters: Filters) -> list[ColumnElement[bool]]:
    """What has to be looked at ticket by ticket."""
    conditions = []
    if filters.keyword:
        conditions.append(Ticket.subject.icontains(filters.keyword, autoescape=True))
    if filters.creator and filters.statuses:
        conditions.append(Ticket.creator_id == id_of(filters.creator))
    if filters.assignee:
        conditions.append(_concerns(id_of(filters.assignee)))
    if filters.datasource_id is not None:
        source = min(filters.datasource_id, LARGEST_NUMBER)
        conditions.append(Ticket.tasks.any(TicketTask.datasource_id == source))
    return conditions


def _created(filters: Filters) -> list[ColumnElement[bool]]:
    conditions = []
    if filters.created_from is not None:
        conditions.append(Ticket.created_at >= filters.created_from)
    if filters.created_to is not None:
        conditions.append(Ticket.created_at < filters.created_to)
    return conditions


def _reach(indexed: list, within: _Range) -> int | None:
    """The number of the last ticket that is looked at; None where all of them are."""
    ends = [
        db.select(Ticket.number)
        .where(*conditions, within.holds())
        .order_by(Ticket.number.desc())
        .offset(REACH - 1)
        .limit(1)
        .subquery()
        for conditions in indexed
    ]
    together = db.union_all(*[db.select(end.c.number) for end in ends])
    return max(db.session.scalars(together), default=None)


def _newest(conditions: list, limit: int) -> Select:
    found = db.select(Ticket.id).where(*conditions).order_by(Ticket.number.desc())
    return found.limit(limit + 1)


def together(parts: list[Select]) -> Select:
    """Ids of all parts, each of which has an order and a limit of its own."""
    ids = [db.select(part.subquery().c.id) for part in parts]
    return db.select(db.union_all(*ids).subquery().c.id)


def _number(keyword: str) -> int | None:
    """The ticket's number that was typed, if it can be one."""
    digits = keyword.removeprefix("#")
    if digits.isascii() and digits.isdigit() and int(digits[:11]) <= LARGEST_NUMBER:
        return int(digits[:11])
    return None


def id_of(username: str):
    """The id of the member of this name, as part of a statement."""
    return db.select(Member.id).where(Member.username == username).scalar_subquery()


def _concerns(member_id) -> ColumnElement[bool]:
    """The ticket waits for this member: to decide, or to edit it after a rejection."""
    mine = db.and_(Ticket.status == TicketStatus.REJECTED, Ticket.creator_id == member_id)
    awaited = db.exists().where(
        TicketStepAssignee.member_id == member_id,
        TicketStepAssignee.awaited_ticket_id == Ticket.id,
    )
    return db.or_(mine, db.and_(Ticket.status.in_(WAITING), awaited))
