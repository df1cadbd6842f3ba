"""How a ticket moves: one conditional update picks the winner, then its steps follow."""

from __future__ import annotations

from portal.domain import approvals
from portal.extensions import db
from portal.kit.clock import utc_now
from portal.models import (
    Member,
    StepKind,
    StepState,
    Ticket,
    TicketStatus,
    TicketStep,
)

ENDS = frozenset({TicketStatus.CANCELED, TicketStatus.FINISHED, TicketStatus.EXEC_FAILED})


def move(
    ticket: Ticket,
    step: TicketStep | None,
    status: TicketStatus,
    position: int,
    revision: int | None = None,
) -> bool:
    """The one conditional update that picks a winner: nobody moved the ticket in the meantime.

    step: what is being decided; a decision about an older step or revision matches no row.
    """
    seen = (Ticket.status == ticket.status, Ticket.revision == ticket.revision)
    at = step or ticket
    same = (Ticket.position == at.position, Ticket.revision == at.revision)
    if step is not None and step.state != StepState.OPEN:
        return False
    ended = status in ENDS
    done = db.session.execute(
        db.update(Ticket)
        .where(Ticket.id == ticket.id, *seen, *same)
        .values(
            status=status,
            position=position,
            revision=revision or ticket.revision,
            ended_at=utc_now() if ended else None,
            notice="",
        )
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(ticket)
    if done.rowcount != 1:
        return False
    for task in ticket.tasks:
        task.status = status
    return True


def lock(ticket: Ticket) -> None:
    """Ticket first, its cards after: one order everywhere, so that no two acts wait for each other.

    Nothing on SQLite, where a writer is alone anyway.
    """
    db.session.execute(db.select(Ticket.id).where(Ticket.id == ticket.id).with_for_update())


def status_at(step: TicketStep | None) -> TicketStatus:
    """The ticket's status while this step is open."""
    if step is None or step.kind == StepKind.EXECUTE:
        return TicketStatus.WAIT_FOR_EXECUTION
    return TicketStatus.WAIT_FOR_AUDIT


def current(ticket: Ticket) -> list[TicketStep]:
    """The steps of the revision at hand, in order."""
    return [step for step in ticket.steps if step.revision == ticket.revision]


def following(step: TicketStep) -> TicketStep | None:
    """The next step of the same revision, if any."""
    later = (one for one in current(step.ticket) if one.position == step.position + 1)
    return next(later, None)


def close_step(
    step: TicketStep, state: StepState, member: Member | None, via: str, reason: str
) -> None:
    """Keep who decided, when, where and why."""
    step.state = state
    step.decided_by = member
    step.decided_at = utc_now()
    step.decided_via = via
    step.reason = reason
    _await_nobody(step)


def _await_nobody(step: TicketStep) -> None:
    for one in step.assignees:
        one.awaited_ticket_id = None


def skip_rest(ticket: Ticket) -> None:
    """The revision has ended: what was not decided never will be."""
    for step in current(ticket):
        if step.state in {StepState.OPEN, StepState.WAITING}:
            step.state = StepState.SKIPPED
            _await_nobody(step)


def open_step(step: TicketStep) -> None:
    """It is this step's turn: its cards are queued."""
    step.state = StepState.OPEN
    db.session.flush()
    for one in step.assignees:
        one.awaited_ticket_id = step.ticket_id
    approvals.open_step(step)


def reopen_step(step: TicketStep) -> None:
    """What was decided has not come to pass, and nothing was touched: it is to be decided anew."""
    step.decided_by, step.decided_at = None, None
    step.decided_via, step.reason = "", ""
    open_step(step)


def begin(ticket: Ticket) -> None:
    """Open the first step of a fresh revision."""
    first = current(ticket)[0]
    ticket.status = status_at(first)
    ticket.position = first.position
    for task in ticket.tasks:
        task.status = ticket.status
    open_step(first)
