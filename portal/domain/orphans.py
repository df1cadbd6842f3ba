"""Runs whose process or connection is gone: found, looked at on the server, never run again.

PostgreSQL is asked what became of the transaction; every server, whether the session is still
there (reliability §2.5). verdicts.py writes down what follows from that.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _

from portal.domain import datasources, run_log, running
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
from portal.models import ExecutionRun, RunState, TaskRun

log = logging.getLogger(__name__)
FINAL = ("committed", "aborted")
LOOK_AGAIN = timedelta(seconds=5)
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
