"""Lists of tickets: a project's with filters, what waits for me, what I filed.

Few queries each, whatever the number of rows, and each at a price that does not grow with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Select
from sqlalchemy.orm import joinedload, selectinload

from portal.domain import ticket_search
from portal.domain.ticket_search import LARGEST_NUMBER, Filters
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
)

PAGE = 20
# Where one of the assignees of the step at `position` is awaited.
WAITING = (
    TicketStatus.WAIT_FOR_AUDIT,
    TicketStatus.WAIT_FOR_EXECUTION,
    TicketStatus.EXEC_SCHEDULED,
)
# The states that a list counts: work in hand, unlike what has ended.
COUNTED = (*WAITING, TicketStatus.EXECUTING, TicketStatus.REJECTED)
# Counting ends here: rejected tickets that nobody takes up again grow with the years.
MOST_COUNTED = 1000


@dataclass(frozen=True)
class Row:
    """A ticket in a list, and who has to do something about it."""

    ticket: Ticket
    waits_for: list[Member]


@dataclass(frozen=True)
class Listing:
    """next_before: where the next page begins; None on the last one.

    searched_to: of a search that ended before the first ticket, the number down to which it went.
    """

    rows: list[Row]
    next_before: int | None
    searched_to: int | None = None


def of_project(
    project: Project, filters: Filters, before: int | None = None, limit: int = PAGE
) -> Listing:
    """The project's tickets, newest first, from below this number on."""
    found = ticket_search.search(project, filters, before, limit)
    listing = _listing(found.query, limit, lambda ticket: ticket.number)
    return listing if listing.next_before else replace(listing, searched_to=found.searched_to)


def counts(project: Project) -> dict[TicketStatus, int]:
    """How many tickets of the project are in each state of COUNTED, at most MOST_COUNTED."""
    each = [
        db.select(Ticket.status)
        .where(Ticket.project_id == project.id, Ticket.status == status)
        .limit(MOST_COUNTED)
        .subquery()
        for status in COUNTED
    ]
    query = db.union_all(
        *[db.select(some.c.status, db.func.count()).group_by(some.c.status) for some in each]
    )
    found = dict(db.session.execute(query).all())
    return {status: found.get(status, 0) for status in COUNTED}


def waiting_for(member: Member, before: int | None = None, limit: int = PAGE) -> Listing:
    """待我处理: open steps that I may decide, and my own rejected tickets, newest first."""
    to_decide = ticket_search.awaiting(member.id).where(
        TicketStepAssignee.awaited_ticket_id < _end(before),
        Ticket.project_id.in_(_visible(member)),
    )
    to_edit = _filed_by(member, before).where(Ticket.status == TicketStatus.REJECTED)
    return _of_ids([to_decide, to_edit], limit)


def submitted_by(member: Member, before: int | None = None, limit: int = PAGE) -> Listing:
    """我提交的, newest first."""
    return _of_ids([_filed_by(member, before)], limit)


def members(project: Project) -> list[Member]:
    """Who may file and decide here, by name: its members and the admins; at most 200."""
    belongs = db.select(ProjectMember.member_id).where(ProjectMember.project_id == project.id)
    query = db.select(Member).where(db.or_(Member.id.in_(belongs), Member.role == Role.ADMIN))
    return list(db.session.scalars(query.order_by(Member.username).limit(200)))


def _visible(member: Member) -> Select[tuple[int]]:
    """The projects that this member can see."""
    if member.is_admin:
        return db.select(Project.id)
    return db.select(ProjectMember.project_id).where(ProjectMember.member_id == member.id)


def _end(before: int | None) -> int:
    return LARGEST_NUMBER if before is None else min(before, LARGEST_NUMBER)


def _filed_by(member: Member, before: int | None) -> Select[tuple[int]]:
    """Ids over all projects that this member can see; paged by id, since numbers repeat."""
    query = db.select(Ticket.id).where(Ticket.creator_id == member.id, Ticket.id < _end(before))
    return query.where(Ticket.project_id.in_(_visible(member))).order_by(Ticket.id.desc())


def _of_ids(parts: Sequence[Select[tuple[int]]], limit: int) -> Listing:
    ids = ticket_search.together(list(parts), limit + 1)
    query = db.select(Ticket).where(Ticket.id.in_(ids)).order_by(Ticket.id.desc()).limit(limit + 1)
    return _listing(query, limit, lambda ticket: ticket.id)


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
