"""How a run ends: for each data source and for the whole ticket, in one transaction."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.domain import approvals, moves, notices, records, run_log, running
from portal.domain.notices import Edge
from portal.domain.records import Action
from portal.domain.run_log import Result, RunClaim
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    ExecutionRun,
    RunState,
    StatementState,
    TaskRun,
    TicketStatus,
)

# Of what servers say; a page, a record and a comment have to hold it.
LONGEST_PROBLEM = 2000
_STATUS = {
    RunState.FINISHED: TicketStatus.FINISHED,
    RunState.FAILED: TicketStatus.EXEC_FAILED,
    RunState.UNKNOWN: TicketStatus.EXEC_FAILED,
}


def refused(claim: RunClaim, problem: str) -> None:
    """Nothing was sent, and never will be: a person has to change something first."""
    _end(run_log.mine(claim), RunState.FAILED, problem, RunState.RUNNING)


def task_done(claim: RunClaim, task_run_id: int, last: Result | None) -> None:
    """This data source's statements have all taken effect. Raises RunLost."""
    run_log.mine(claim)
    run_log.keep(task_run_id, last)
    end_task(db.session.get_one(TaskRun, task_run_id), RunState.FINISHED, "")


def task_failed(
    claim: RunClaim, task_run_id: int, last: Result | None, problem: str, undone: bool
) -> None:
    """It stopped here, surely: what comes after is not run, nor are the other data sources.

    undone: what had been done before in the same transaction was taken back. Raises RunLost.
    """
    run = run_log.mine(claim)
    run_log.keep(task_run_id, last)
    if undone:
        run_log.mark(task_run_id, StatementState.ROLLED_BACK, StatementState.DONE)
    row = db.session.get_one(TaskRun, task_run_id)
    end_task(row, RunState.FAILED, problem)
    _end(run, RunState.FAILED, naming(row, problem), RunState.RUNNING)


def task_unknown(claim: RunClaim, task_run_id: int, last: Result, problem: str) -> None:
    """Nobody but a person can tell which of its statements are in force. Raises RunLost."""
    run = run_log.mine(claim)
    run_log.keep(task_run_id, last)
    run_log.mark(task_run_id, StatementState.UNKNOWN, StatementState.DONE)
    row = db.session.get_one(TaskRun, task_run_id)
    end_task(row, RunState.UNKNOWN, problem)
    _end(run, RunState.UNKNOWN, naming(row, problem), RunState.RUNNING)


def returned(claim: RunClaim, reason: str, undone: bool) -> None:
    """Nothing of it is in force: a person may begin it anew. Raises RunLost.

    undone: something was done, and all of it was rolled back.
    """
    running.give_back(run_log.mine(claim), reason, undone)


def finished(claim: RunClaim) -> None:
    """Every data source is done. Raises RunLost."""
    _end(run_log.mine(claim), RunState.FINISHED, "", RunState.RUNNING)


def end_orphan(run: ExecutionRun, state: RunState, problem: str) -> bool:
    """What became of a run whose process is gone. False: somebody else has found out."""
    return _end(run, state, problem, RunState.ORPHANED)


def end_task(row: TaskRun, state: RunState, problem: str) -> None:
    """Close this data source's row."""
    row.state, row.problem = state, problem
    row.ended_at = database_now(db.session)


def naming(row: TaskRun, problem: str) -> str:
    """The sentence with the data source's name before it, where the ticket has several."""
    if len(row.run.ticket.tasks) == 1:
        return problem
    return _("%(source)s：%(problem)s", source=row.task.datasource.name, problem=problem)


def _end(run: ExecutionRun, state: RunState, problem: str, seen: RunState) -> bool:
    if not running.end_run(run, state, problem[:LONGEST_PROBLEM], seen):
        return False
    ticket = run.ticket
    if not moves.move(ticket, None, _STATUS[state], 0):
        return False
    ended = {row.task_id: row.state for row in run.tasks}
    for task in ticket.tasks:
        task.status = _STATUS.get(ended.get(task.id), TicketStatus.CANCELED)
    is_done = state == RunState.FINISHED
    details = {"run": run.number} | ({} if is_done else {"problem": problem})
    action = Action.RUN_FINISHED if is_done else Action.RUN_FAILED
    records.add(action, approvals.subject_of(ticket), None, details)
    notices.tell(ticket, Edge.FINISHED if is_done else Edge.FAILED, run_id=run.id)
    return True
