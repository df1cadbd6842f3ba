"""The rows that a ticket's page shows of its runs, in two queries however many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.models import (
    ExecutionRun,
    StatementRun,
    StatementState,
    TaskRun,
    Ticket,
    TicketStatement,
)

RUNS_SHOWN = 10
ROWS_SHOWN = 1000
CHARACTERS_SHOWN = 300
TROUBLE = (StatementState.FAILED, StatementState.UNKNOWN)


@dataclass(frozen=True)
class Row:
    """A statement of a run. sql: its beginning. done: how many of its data source's are done."""

    run: StatementRun
    sql: str
    done: int


def newest_first(ticket: Ticket) -> list[tuple[ExecutionRun, list[TaskRun]]]:
    """The ticket's runs, each with its data sources in their order."""
    numbers = db.select(ExecutionRun.id).filter_by(ticket_id=ticket.id)
    newest = numbers.order_by(ExecutionRun.number.desc()).limit(RUNS_SHOWN).subquery()
    query = (
        db.select(ExecutionRun, TaskRun)
        .outerjoin(TaskRun, TaskRun.run_id == ExecutionRun.id)
        .join(newest, newest.c.id == ExecutionRun.id)
        .options(joinedload(ExecutionRun.started_by), joinedload(ExecutionRun.abort_by))
        .order_by(ExecutionRun.number.desc(), TaskRun.id)
    )
    found: dict[ExecutionRun, list[TaskRun]] = {}
    for run, row in db.session.execute(query):
        found.setdefault(run, []).extend([row] if row else [])
    return list(found.items())


def statements(shown: Mapping[int, Sequence[int]]) -> list[Row]:
    """Those that went wrong or are in doubt, and those that the page has a place for.

    shown: task run id → positions.
    """
    if not shown:
        return []
    is_trouble = StatementRun.state.in_(TROUBLE)
    has_place = db.or_(
        *(
            db.and_(StatementRun.task_run_id == row_id, StatementRun.position.in_(positions))
            for row_id, positions in shown.items()
        )
    )
    done = (
        db.select(StatementRun.task_run_id.label("row_id"), db.func.count().label("done"))
        .where(
            StatementRun.task_run_id.in_(shown),
            StatementRun.state == StatementState.DONE,
        )
        .group_by(StatementRun.task_run_id)
        .subquery()
    )
    query = (
        db.select(
            StatementRun,
            db.func.substr(TicketStatement.sql, 1, CHARACTERS_SHOWN),
            db.func.coalesce(done.c.done, 0),
        )
        .join(TaskRun, TaskRun.id == StatementRun.task_run_id)
        .join(
            TicketStatement,
            db.and_(
                TicketStatement.task_id == TaskRun.task_id,
                TicketStatement.position == StatementRun.position,
            ),
        )
        .outerjoin(done, done.c.row_id == StatementRun.task_run_id)
        .where(StatementRun.task_run_id.in_(shown), db.or_(is_trouble, has_place))
        .options(joinedload(StatementRun.settled_by))
        .order_by(db.case((is_trouble, 0), else_=1), StatementRun.id)
        .limit(ROWS_SHOWN)
    )
    return [Row(*found) for found in db.session.execute(query)]


def is_unsettled(one: StatementRun) -> bool:
    """Whether nobody knows what became of it, and nobody has looked."""
    return one.state == StatementState.UNKNOWN and not one.settled_as
