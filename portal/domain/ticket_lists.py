"""Lists of tickets: a project's with filters, what waits for me, what I filed.

Few queries each, whatever the number of rows: the open step of a ticket is found by its
(ticket, revision, position), which is unique, so no index on a step's state is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select
from sqlalchemy.orm import aliased, joinedload, selectinload

from portal.extensions import db
from portal.models import (
    Member,
    Project,
    ProjectMember,
    Role,
    Ticket,
    TicketStatus,
    TicketStep,
    TicketStepAssignee,
    TicketTask,
)

PAGE = 20
LARGEST_NUMBER = 2**31 - 1
# Where one of the assignees of the step at `position` is awaited.
WAITING = (
    TicketStatus.WAIT_FOR_AUDIT,
    TicketStatus.WAIT_FOR_EXECUTION,
    TicketStatus.EXEC_SCHEDULED,
)
# The states that a list counts: work in hand, a few rows each, unlike what has ended.
COUNTED = (*WAITING, TicketStatus.EXECUTING, TicketStatus.REJECTED)


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
class Row:
    """A ticket in a list, and who has to do something about it."""

    ticket: Ticket
    waits_for: list[Member]


@dataclass(frozen=True)
class Listing:
    """next_before: where the next page begins; None on the last one."""

    rows: list[Row]
    next_before: int | None


def of_project(
    project: Project, filters: Filters, before: int | None = None, limit: int = PAGE
) -> Listing:
    """The project's tickets, newest first, from below this number on."""
    query = _narrowed(db.select(Ticket).where(Ticket.project_id == project.id), filters)
    if before is not None:
        query = query.where(Ticket.number < min(before, LARGEST_NUMBER))
    query = query.order_by(Ticket.number.desc()).limit(limit + 1)
    return _listing(query, limit, lambda ticket: ticket.number)


def counts(project: Project) -> dict[TicketStatus, int]:
    """How many tickets of the project are in each state of COUNTED."""
    query = (
        db.select(Ticket.status, db.func.count())
        .where(Ticket.project_id == project.id, Ticket.status.in_(COUNTED))
        .group_by(Ticket.status)
    )
    found = dict(db.session.execute(query).all())
    return {status: found.get(status, 0) for status in COUNTED}


def waiting_for(member: Member, before: int | None = None, limit: int = PAGE) -> Listing:
    """待我处理: open steps that I may decide, and my own rejected tickets, newest first."""
    return _of_member(member, _concerns(member.id), before, limit)


def submitted_by(member: Member, before: int | None = None, limit: int = PAGE) -> Listing:
    """我提交的, newest first."""
    return _of_member(member, Ticket.creator_id == member.id, before, limit)


def members(project: Project) -> list[Member]:
    """Who may file and decide here, by name: its members and the admins; at most 200."""
    belongs = db.select(ProjectMember.member_id).where(ProjectMember.project_id == project.id)
    query = db.select(Member).where(db.or_(Member.id.in_(belongs), Member.role == Role.ADMIN))
    return list(db.session.scalars(query.order_by(Member.username).limit(200)))


def _of_member(member: Member, condition, before: int | None, limit: int) -> Listing:
    """Over all projects that this member can see; paged by id, since numbers repeat."""
    visible = db.select(Project.id)  # named for admins too: the index begins with the project
    if not member.is_admin:
        visible = db.select(ProjectMember.project_id).where(ProjectMember.member_id == member.id)
    query = db.select(Ticket).where(Ticket.project_id.in_(visible), condition)
    if before is not None:
        query = query.where(Ticket.id < min(before, LARGEST_NUMBER))
    query = query.order_by(Ticket.id.desc()).limit(limit + 1)
    return _listing(query, limit, lambda ticket: ticket.id)


def _narrowed(query: Select[tuple[Ticket]], filters: Filters) -> Select[tuple[Ticket]]:
    conditions = []
    if filters.statuses:
        conditions.append(Ticket.status.in_(filters.statuses))
    if filters.keyword:
        conditions.append(_matches(filters.keyword))
    if filters.creator:
        conditions.append(Ticket.creator_id == _id_of(filters.creator))
    if filters.assignee:
        conditions.append(_waits_for(filters.assignee))
    if filters.datasource_id is not None:
        conditions.append(
            Ticket.tasks.any(TicketTask.datasource_id == min(filters.datasource_id, LARGEST_NUMBER))
        )
    if filters.created_from is not None:
        conditions.append(Ticket.created_at >= filters.created_from)
    if filters.created_to is not None:
        conditions.append(Ticket.created_at < filters.created_to)
    return query.where(*conditions)


def _matches(keyword: str):
    """The words stand in the subject, or are the ticket's number."""
    found = Ticket.subject.icontains(keyword, autoescape=True)
    digits = keyword.removeprefix("#")
    if digits.isascii() and digits.isdigit() and int(digits[:11]) <= LARGEST_NUMBER:
        return db.or_(found, Ticket.number == int(digits[:11]))
    return found


def _id_of(username: str):
    return db.select(Member.id).where(Member.username == username).scalar_subquery()


def _waits_for(username: str):
    """Those that wait for this member to decide, or to edit after a rejection."""
    return _concerns(_id_of(username))


def _concerns(member_id):
    """The ticket waits for this member. The states come first: an index finds them."""
    return db.and_(
        Ticket.status.in_((*WAITING, TicketStatus.REJECTED)),
        db.or_(
            db.and_(Ticket.status != TicketStatus.REJECTED, _awaits(member_id)),
            db.and_(Ticket.status == TicketStatus.REJECTED, Ticket.creator_id == member_id),
        ),
    )


def _awaits(member_id):
    """This member is an assignee of the ticket's open step."""
    step, assignee = aliased(TicketStep), aliased(TicketStepAssignee)
    return (
        db.exists()
        .where(step.ticket_id == Ticket.id)
        .where(step.revision == Ticket.revision, step.position == Ticket.position)
        .where(assignee.step_id == step.id, assignee.member_id == member_id)
    )


def _listing(query: Select[tuple[Ticket]], limit: int, key) -> Listing:
    query = query.options(joinedload(Ticket.creator), joinedload(Ticket.project))
    tickets = list(db.session.scalars(query))
    shown = tickets[:limit]
    people = _waited_for(shown)
    rows = [Row(ticket, people.get(ticket.id, [])) for ticket in shown]
    return Listing(rows, key(shown[-1]) if len(tickets) > limit else None)


def _waited_for(tickets: Iterable[Ticket]) -> dict[int, list[Member]]:
    """Ticket id → whoever it waits for; tickets that wait for nobody are left out."""
    found = {one.id: [one.creator] for one in tickets if one.status == TicketStatus.REJECTED}
    waiting = [one.id for one in tickets if one.status in WAITING]
    if not waiting:
        return found
    query = (
        db.select(TicketStep)
        .join(Ticket, Ticket.id == TicketStep.ticket_id)
        .where(Ticket.id.in_(waiting))
        .where(TicketStep.revision == Ticket.revision, TicketStep.position == Ticket.position)
        .options(selectinload(TicketStep.assignees).joinedload(TicketStepAssignee.member))
    )
    for step in db.session.scalars(query):
        found[step.ticket_id] = [assignee.member for assignee in step.assignees]
    return found
