"""What became of an orphaned run, written down from what its server said. Never run again."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _

from portal.domain import run_ends, run_log, running
from portal.domain.orphans import LOOK_AGAIN, Orphan, Sighting
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import ExecutionRun, RunState, StatementState, TaskRun

# A server that cannot be asked for so long: a person had better look at it.
GIVE_UP_AFTER = timedelta(minutes=10)
# A session that outlives its run by so long belongs to a pool, or to nobody who can tell.
LONGEST_ALIVE = timedelta(hours=6)


def apply(orphan: Orphan, seen: Sighting) -> bool:
    """Write down what was found. True: the run has ended."""
    run = db.session.get_one(ExecutionRun, orphan.run_id, with_for_update=True)
    if run.state != RunState.ORPHANED:
        return False
    if seen.is_alive and database_now(db.session) - run.orphaned_at < LONGEST_ALIVE:
        return _wait(run, _still_running())
    if seen.trouble and database_now(db.session) - run.orphaned_at < GIVE_UP_AFTER:
        return _wait(run, _("执行进程已中断，暂时无法向数据源核实结果：%(why)s", why=seen.trouble))
    row = db.session.get(TaskRun, orphan.task_run_id) if orphan.task_run_id else None
    if row is None or not row.statements:
        return _nothing_was_under_way(run, row)
    return _judge(run, row, seen)


def _wait(run: ExecutionRun, problem: str) -> bool:
    run.problem = problem
    run.due_at = database_now(db.session) + LOOK_AGAIN
    return False


def _still_running() -> str:
    return _("执行进程已中断，但数据源上的会话仍在运行；结束后将核实结果，不会重新执行。")


def _nothing_was_under_way(run: ExecutionRun, row: TaskRun | None) -> bool:
    """Between two data sources, or before anything was sent at all (E1)."""
    if all(one.state != RunState.FINISHED for one in run.tasks):
        if row is not None:
            run_ends.end_task(row, RunState.RETURNED, "")
        return running.give_back(run, _("执行进程在发送语句之前中断"))
    if row is not None:
        run_ends.end_task(row, RunState.FAILED, _("执行进程中断，没有发送任何语句。"))
    if len(run.tasks) == len(run.ticket.tasks) and row is None:
        return run_ends.end_orphan(run, RunState.FINISHED, "")
    return run_ends.end_orphan(
        run, RunState.FAILED, _("执行进程中断，其余数据源没有执行。")
    )


def _judge(run: ExecutionRun, row: TaskRun, seen: Sighting) -> bool:
    if row.is_transaction and seen.outcome == "committed":
        return _was_committed(run, row)
    if row.is_transaction and _surely_undone(row, seen):
        return _was_undone(run, row)
    return _is_unknown(run, row)


def _surely_undone(row: TaskRun, seen: Sighting) -> bool:
    """PostgreSQL says so; or SQLite, whose journal undoes what was never committed."""
    if seen.outcome is not None:
        return seen.outcome == "aborted"
    return row.task.datasource.db_type == "sqlite" and row.committing_at is None


def _was_committed(run: ExecutionRun, row: TaskRun) -> bool:
    run_log.mark(row.id, StatementState.DONE, StatementState.STARTED)
    run_ends.end_task(row, RunState.FINISHED, "")
    if len(run.tasks) == len(run.ticket.tasks):
        return run_ends.end_orphan(run, RunState.FINISHED, "")
    return run_ends.end_orphan(
        run, RunState.FAILED, _("执行进程中断：事务已经提交，其余数据源没有执行。")
    )


def _was_undone(run: ExecutionRun, row: TaskRun) -> bool:
    run_log.mark(
        row.id, StatementState.ROLLED_BACK, StatementState.STARTED, StatementState.DONE
    )
    problem = run_ends.naming(row, _("执行进程中断：事务没有提交，全部改动已回滚。"))
    run_ends.end_task(row, RunState.FAILED, problem)
    return run_ends.end_orphan(run, RunState.FAILED, problem)


def _is_unknown(run: ExecutionRun, row: TaskRun) -> bool:
    """Name the statement that may or may not have taken effect; before it, all is known."""
    seen = [StatementState.STARTED]
    if row.is_transaction:  # they take effect together, so that all of them are in doubt
        seen.append(StatementState.DONE)
    first = min((one.position for one in row.statements if one.state in seen), default=None)
    if first is None:
        problem = run_ends.naming(row, _("执行进程中断，之后的语句没有执行。"))
        run_ends.end_task(row, RunState.FAILED, problem)
        return run_ends.end_orphan(run, RunState.FAILED, problem)
    run_log.mark(row.id, StatementState.UNKNOWN, *seen)
    problem = run_ends.naming(row, _unknown(row, first))
    run_ends.end_task(row, RunState.UNKNOWN, problem)
    return run_ends.end_orphan(run, RunState.UNKNOWN, problem)


def _unknown(row: TaskRun, first: int) -> str:
    if row.is_transaction:
        return _(
            "执行进程中断：第 %(n)d 条起的语句在同一个事务中，是否已经提交无法得知。"
            "请在数据源上核对，并在下方登记结果；系统不会重新执行。",
            n=first,
        )
    return _(
        "执行进程中断：第 %(n)d 条语句是否已经执行无法得知，之前的语句已执行，之后的没有执行。"
        "请在数据源上核对，并在下方登记结果；系统不会重新执行。",
        n=first,
    )
