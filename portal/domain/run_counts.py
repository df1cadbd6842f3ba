"""How many tickets and runs of SQL there are, by state: one statement each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.models import (
    ExecutionRun,
    RunState,
    StatementRun,
    StatementState,
    TaskRun,
    Ticket,
    TicketStatus,
)

RUNS = (RunState.QUEUED, RunState.RUNNING, RunState.ORPHANED, RunState.UNKNOWN)


def runs() -> dict[RunState, tuple[int, datetime]]:
    """How many runs of SQL have not ended, or have an unknown end, and since when the oldest."""
    query = (
        db.select(ExecutionRun.state, db.func.count(), db.func.min(ExecutionRun.created_at))
        .where(ExecutionRun.state.in_(RUNS))
        .group_by(ExecutionRun.state)
    )
    return {state: (count, since) for state, count, since in db.session.execute(query)}


def unsettled() -> list[Ticket]:
    """Tickets with a statement of which nobody has said yet what became of it, oldest first."""
    which = (
        db.select(ExecutionRun.ticket_id)
        .join(TaskRun, TaskRun.run_id == ExecutionRun.id)
        .join(StatementRun, StatementRun.task_run_id == TaskRun.id)
        .where(
            ExecutionRun.state == RunState.UNKNOWN,
            StatementRun.state == StatementState.UNKNOWN,
            StatementRun.settled_as == "",
        )
    )
    query = (
        db.select(Ticket)
        .where(Ticket.id.in_(which))
        .order_by(Ticket.id)
        .options(joinedload(Ticket.project))
    )
    return list(db.session.scalars(query))


def tickets() -> dict[TicketStatus, int]:
    """How many there are, by status."""
    query = db.select(Ticket.status, db.func.count()).group_by(Ticket.status)
    return dict(db.session.execute(query).all())
