"""What a restored database must not do by itself: each is turned into something a person sees.

The database that the backup was taken from went on: it may have sent what waits here, and run
what was to be run here. Nothing of that is known, and nothing of it is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from portal.domain import (
    approvals,
    doubts,
    installation,
    notice_texts,
    records,
    restored,
    run_ends,
    run_log,
    running,
    schedules,
    states,
)
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    ExecutionRun,
    Heartbeat,
    RunState,
    Session,
    StatementState,
    TaskRun,
    Ticket,
    TicketStatus,
)


@dataclass(frozen=True)
class Outcome:
    """What was done. unknown, returned, unscheduled: tickets, as records name them."""

    installation: str
    sessions: int
    looked_for: int
    unknown: list[str]
    returned: list[str]
    unscheduled: list[str]


def settle(written_at: datetime) -> Outcome:
    """All of it, in the caller's transaction. written_at: of the file, where it tells no better."""
    backup_at = db.session.scalar(db.select(db.func.max(Heartbeat.at))) or written_at
    restored.remember(database_now(db.session), backup_at)
    looked_for = doubts.after_a_restore()
    outcome = Outcome(
        installation=installation.renew(),
        sessions=db.session.execute(db.delete(Session)).rowcount,
        looked_for=looked_for,
        unknown=_under_way(),
        returned=_queued(),
        unscheduled=_scheduled(),
    )
    _withdraw_execute_cards()
    db.session.execute(db.delete(Heartbeat))
    details = {
        "backup_at": backup_at.isoformat(timespec="seconds"),
        "runs": len(outcome.unknown) + len(outcome.returned),
        "schedules": len(outcome.unscheduled),
        "looked_for": looked_for,
    }
    records.add(records.Action.DATABASE_RESTORED, "database", None, details)
    return outcome


def _queued() -> list[str]:
    """Nobody had begun them when the backup was taken; a moment later somebody may have."""
    runs = db.session.scalars(db.select(ExecutionRun).filter_by(state=RunState.QUEUED)).all()
    reason = _("门户从备份恢复，排队的上线已取消")
    return [
        approvals.subject_of(run.ticket)
        for run in runs
        if running.take_back(run, reason, _notice(reason), notice_texts.RESTORED)
    ]


def _scheduled() -> list[str]:
    query = db.select(Ticket).filter_by(status=TicketStatus.EXEC_SCHEDULED).order_by(Ticket.id)
    reason = _("门户从备份恢复，定时上线已取消")
    return [
        approvals.subject_of(ticket)
        for ticket in db.session.scalars(query).all()
        if schedules.lapse(ticket, reason, notice_texts.RESTORED, _notice(reason))
    ]


def _notice(reason: str) -> str:
    return _("%(reason)s，工单恢复为待上线。", reason=reason)


def _under_way() -> list[str]:
    """Their process went on after the backup: what a crash would leave is not what is here."""
    query = db.select(ExecutionRun).where(
        ExecutionRun.state.in_((RunState.RUNNING, RunState.ORPHANED))
    )
    return [approvals.subject_of(run.ticket) for run in db.session.scalars(query) if _ended(run)]


def _ended(run: ExecutionRun) -> bool:
    problem = _(
        "备份时正在上线，之后执行到哪里无法得知。请在数据源上核对全部语句；系统不会重新执行。"
    )
    run.state, run.token = RunState.ORPHANED, run.token + 1
    db.session.flush()
    for row in [one for one in run.tasks if one.state == RunState.RUNNING]:
        _doubt_statements(row)
        run_ends.end_task(row, RunState.UNKNOWN, problem)
    if not run_ends.end_orphan(run, RunState.UNKNOWN, problem):
        return False
    for task in run.ticket.tasks:  # their turn may have come after the backup
        if task.status == TicketStatus.CANCELED:
            task.status = TicketStatus.EXEC_FAILED
    return True


def _doubt_statements(row: TaskRun) -> None:
    seen = [StatementState.STARTED]
    if row.is_transaction:
        seen.append(StatementState.DONE)
    run_log.mark(row.id, StatementState.UNKNOWN, *seen)


def _withdraw_execute_cards() -> None:
    """An agreement that was given since the backup has been obeyed already, elsewhere."""
    query = db.select(Ticket).filter_by(status=TicketStatus.WAIT_FOR_EXECUTION)
    for ticket in db.session.scalars(query).all():
        step = states.open_step(ticket)
        if step is not None:
            approvals.supersede_cards(step)
