"""Runs whose process or connection is gone: found, looked at on the server, never run again.

The server is asked whether the session is still there; once it is gone, PostgreSQL can tell what
became of the transaction. What nobody can tell is shown to a person (reliability §2.5).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _

from portal.domain import datasources, run_ends, run_log, running
from portal.domain.errors import RuleError
from portal.domain.run_log import LONGEST_QUEUE, Result, RunClaim
from portal.extensions import db
from portal.kit.clock import database_now
from portal.kit.crypto import UnreadableSecret
from portal.kit.databases import (
    Limits,
    Target,
    TargetError,
    is_running,
    stop,
    transaction_outcome,
)
from portal.models import ExecutionRun, RunState, StatementState, TaskRun

log = logging.getLogger(__name__)
FINAL = ("committed", "aborted")
LOOK_AGAIN = timedelta(seconds=5)
# A server that cannot be asked for so long: a person had better look at it.
GIVE_UP_AFTER = timedelta(minutes=10)
# A session that outlives its run by so long belongs to a pool, or to nobody who can tell.
LONGEST_ALIVE = timedelta(hours=6)
LOOK_LIMITS = Limits(connect=5, statement=5, lock=5)


@dataclass(frozen=True)
class Orphan:
    """What is to be asked about one run, as plain values.

    target: None where there is nothing on the server to ask about. trouble: why it cannot be
    asked, where it should be.
    """

    run_id: int
    task_run_id: int | None
    target: Target | None
    server_id: str
    identity: str
    transaction_id: str
    wants_stop: bool
    name: str
    trouble: str = ""


@dataclass(frozen=True)
class Sighting:
    """What the server said. outcome: of the transaction, where it can tell."""

    is_alive: bool = False
    outcome: str | None = None
    trouble: str = ""


def hand_over(claim: RunClaim, task_run_id: int, last: Result | None) -> None:
    """The connection broke under a statement: from here on it is an orphan. Raises RunLost."""
    run = run_log.mine(claim)
    run_log.keep(task_run_id, last)
    _declare(run, database_now(db.session))


def _declare(run: ExecutionRun, now: datetime) -> None:
    run.state = RunState.ORPHANED
    run.orphaned_at = run.due_at = now


def due() -> list[int]:
    """The runs to look after, the oldest first; a cheap look before `claim`."""
    now = database_now(db.session)
    return list(db.session.scalars(db.select(ExecutionRun.id).where(_is_due(now)).limit(20)))


def _is_due(now: datetime):
    lease = timedelta(seconds=current_app.config["LEASE_SECONDS"])
    is_dead = db.and_(
        ExecutionRun.state == RunState.RUNNING,
        ExecutionRun.beat_at <= now - lease,
        # A stepped clock makes a live run look dead; this process knows its own.
        ExecutionRun.id.not_in(run_log.in_hand()),
    )
    is_due = db.and_(ExecutionRun.state == RunState.ORPHANED, ExecutionRun.due_at <= now)
    is_stale = db.and_(
        ExecutionRun.state == RunState.QUEUED, ExecutionRun.created_at <= now - LONGEST_QUEUE
    )
    return db.or_(is_dead, is_due, is_stale)


def claim(run_id: int) -> Orphan | None:
    """Look after this run; None when somebody else does, or it needs no look at a server.

    It is pushed forward first, so that one that makes trouble jams nothing. The caller commits.
    """
    now = database_now(db.session)
    query = db.select(ExecutionRun).where(ExecutionRun.id == run_id, _is_due(now))
    run = db.session.scalar(query.with_for_update(skip_locked=True))
    if run is None:
        return None
    if run.state == RunState.QUEUED:
        running.give_back(run, _("排队超过 30 分钟没有开始上线"))
        return None
    if run.state == RunState.RUNNING:
        _declare(run, now)
    run.due_at = now + LOOK_AGAIN + timedelta(seconds=LOOK_LIMITS.connect)
    db.session.flush()
    return _orphan(run)


def _orphan(run: ExecutionRun) -> Orphan:
    row = next((one for one in run.tasks if one.state == RunState.RUNNING), None)
    name = run_log.session_name(run.id)
    wants_stop = run.abort_at is not None
    if row is None or not row.server_id:
        # SQLite has no sessions to ask about: a connection ends with its process.
        return Orphan(run.id, row and row.id, None, "", "", "", wants_stop, name)
    target, trouble = _target(row)
    facts = (row.server_id, row.server_identity, row.transaction_id)
    return Orphan(run.id, row.id, target, *facts, wants_stop, name, trouble)


def _target(row: TaskRun) -> tuple[Target | None, str]:
    try:
        return datasources.target(row.task.datasource, row.task.schema), ""
    except UnreadableSecret:
        return None, _("数据源的密码无法解密")
    except RuleError as error:
        return None, error.message


def look(orphan: Orphan) -> Sighting:
    """Ask the server, with no transaction open."""
    if orphan.trouble:
        return Sighting(trouble=orphan.trouble)
    if orphan.target is None:
        return Sighting()
    try:
        return _ask(orphan, orphan.target)
    except TargetError as error:
        return Sighting(trouble=f"{error.sentence}（{error.code or '-'}：{error.message}）")
    except Exception:
        log.exception("run %s: its server could not be asked", orphan.run_id)
        return Sighting(trouble=_("向数据源核实时出错，请管理员查看日志"))


def _ask(orphan: Orphan, target: Target) -> Sighting:
    """The transaction first: what became of it is final, whoever uses the session by now."""
    outcome = _outcome(orphan, target)
    if outcome in FINAL:
        return Sighting(outcome=outcome)
    who = (target, orphan.server_id, orphan.name, LOOK_LIMITS)
    if not is_running(*who, orphan.identity):
        outcome = _outcome(orphan, target)  # it may have ended between the two questions
        return Sighting(is_alive=outcome == "in progress", outcome=outcome)
    if orphan.wants_stop:
        stop(*who, orphan.identity)
    return Sighting(is_alive=True)


def _outcome(orphan: Orphan, target: Target) -> str | None:
    if not orphan.transaction_id:
        return None
    return transaction_outcome(target, orphan.transaction_id, LOOK_LIMITS, orphan.identity)


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
