"""Recording a run: each result is written and committed before the next statement is sent.

Every writer asks first whether the run is still this process's own: one that was thought dead
must not go on, whatever it was doing.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app

from portal.extensions import db
from portal.kit.claiming import free_rows
from portal.kit.clock import database_now
from portal.models import ExecutionRun, RunState, StatementRun, StatementState, TaskRun

# Somebody pressed 上线 and no process came: after so long it would surprise them.
LONGEST_QUEUE = timedelta(minutes=30)
# Runs that this very process works on.
_in_hand: set[int] = set()


class RunLost(Exception):
    """Another process has declared this run an orphan: no further statement may be sent."""


@dataclass(frozen=True)
class RunClaim:
    """This process's right to work on a run, as long as it goes on saying that it is alive."""

    run_id: int
    token: int


@dataclass(frozen=True)
class Result:
    """What became of a statement. seconds: on our clock, from sending to the answer.

    said: for people, what went wrong and what to do; it is kept with the whole run.
    """

    position: int
    state: StatementState
    seconds: float
    rows: int | None = None
    code: str = ""
    message: str = ""
    said: str = ""


def session_name(run_id: int) -> str:
    """What the run's sessions are called on the target, so that they are found again."""
    return f"portal-exec-{run_id}"


@contextmanager
def holding(claim: RunClaim) -> Iterator[None]:
    """While this lasts, this process knows that the run is alive, whatever the clock says."""
    _in_hand.add(claim.run_id)
    try:
        yield
    finally:
        _in_hand.discard(claim.run_id)


def in_hand() -> list[int]:
    """The runs that this process works on."""
    return sorted(_in_hand)


def anything_queued() -> bool:
    """A cheap look before `claim`."""
    return db.session.scalar(_queued(database_now(db.session)).limit(1)) is not None


def claim() -> RunClaim | None:
    """Take up the next queued run. The caller commits before it does anything else (E7)."""
    now = database_now(db.session)
    free = free_rows(_queued(now), ExecutionRun.id, 1)
    if not free:
        return None
    (run,) = free
    run.state = RunState.RUNNING
    run.token += 1
    run.host = f"{socket.gethostname()}:{os.getpid()}"
    run.started_at = run.beat_at = now
    db.session.flush()
    return RunClaim(run.id, run.token)


def _queued(now):
    return (
        db.select(ExecutionRun)
        .where(
            ExecutionRun.state == RunState.QUEUED,
            ExecutionRun.created_at > now - LONGEST_QUEUE,
            ExecutionRun.due_at <= now,
        )
        .order_by(ExecutionRun.due_at, ExecutionRun.id)
    )


def mine(claim: RunClaim) -> ExecutionRun:
    """The run, locked till the commit. Raises RunLost."""
    run = db.session.scalar(
        db.select(ExecutionRun)
        .filter_by(id=claim.run_id, token=claim.token, state=RunState.RUNNING)
        .with_for_update()
    )
    if run is None:
        raise RunLost
    return run


def beat(claim: RunClaim) -> bool:
    """Say that the process is alive; answers whether somebody wants the run to stop.

    Raises RunLost.
    """
    run = mine(claim)
    now = database_now(db.session)
    # Either way: after a step back of the database's clock no beat would be written till then.
    if abs(now - run.beat_at) >= timedelta(seconds=beat_seconds()):
        run.beat_at = now
    return run.abort_at is not None


def beat_seconds() -> float:
    """How often a process that works on a run says so; it is thought dead after a lease."""
    return current_app.config["LEASE_SECONDS"] / 6


def begin_task(claim: RunClaim, task_id: int, is_transaction: bool) -> int:
    """This data source's turn has come; answers its row. Nothing was sent as yet."""
    mine(claim)
    row = TaskRun(
        run_id=claim.run_id,
        task_id=task_id,
        state=RunState.RUNNING,
        is_transaction=is_transaction,
        started_at=database_now(db.session),
    )
    db.session.add(row)
    db.session.flush()
    return row.id


def connected(
    claim: RunClaim, task_run_id: int, server_id: str, identity: str, transaction_id: str
) -> None:
    """Keep by what the session and its transaction can be found again on the same server."""
    mine(claim)
    row = db.session.get_one(TaskRun, task_run_id)
    row.server_id, row.server_identity = server_id, identity
    row.transaction_id = transaction_id


def begin_statement(
    claim: RunClaim, task_run_id: int, position: int, last: Result | None
) -> bool:
    """Keep what became of the last statement, and that this one may be on the wire.

    False: somebody wants the run to stop; then only the former is kept.
    """
    run = mine(claim)
    keep(task_run_id, last)
    if run.abort_at is not None:
        return False
    now = database_now(db.session)
    db.session.add(StatementRun(task_run_id=task_run_id, position=position, started_at=now))
    db.session.flush()
    return True


def begin_commit(claim: RunClaim, task_run_id: int, last: Result | None) -> bool:
    """Keep the last result, and that COMMIT may be on the wire. False as above."""
    run = mine(claim)
    keep(task_run_id, last)
    if run.abort_at is not None:
        return False
    db.session.get_one(TaskRun, task_run_id).committing_at = database_now(db.session)
    return True


def keep(task_run_id: int, result: Result | None) -> None:
    """Write down what became of a statement."""
    if result is None:
        return
    db.session.execute(
        db.update(StatementRun)
        .where(
            StatementRun.task_run_id == task_run_id, StatementRun.position == result.position
        )
        .values(
            state=result.state,
            seconds=result.seconds,
            rows=result.rows,
            code=result.code[:64],
            message=result.message,
        )
        .execution_options(synchronize_session=False)
    )


def mark(task_run_id: int, state: StatementState, *seen: StatementState) -> None:
    """All statements of this task that were in one of the states seen have come to another."""
    db.session.execute(
        db.update(StatementRun)
        .where(StatementRun.task_run_id == task_run_id, StatementRun.state.in_(seen))
        .values(state=state)
        .execution_options(synchronize_session=False)
    )
