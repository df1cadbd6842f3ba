"""Carries out one claimed run: statement by statement, each result recorded before the next.

No transaction of the portal is open while the target works. Nothing here is ever tried twice:
a run ends done, failed, or as an orphan that orphans.py looks after.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError

from portal.domain import orphans, run_ends, run_log, run_plan
from portal.domain.run_log import Result, RunClaim, RunLost
from portal.domain.run_plan import CannotRun, TaskPlan
from portal.extensions import db
from portal.kit.databases import Limits, Session, TargetError, TargetErrorKind, open_session
from portal.models import StatementState

log = logging.getLogger(__name__)
# The portal's own database may be busy for a while; a result that is not recorded is lost.
RECORD_AGAIN = (0.5, 2.0, 5.0, 10.0)


class Control(Protocol):
    """How others reach a run while it works: see runner.Watch."""

    def holding(self, session: Session) -> AbstractContextManager[None]:
        """While this lasts, a wish to stop interrupts what the session is running."""

    def why_stop(self) -> str:
        """Why no further statement may be sent, as a sentence; empty when all is well."""


def limits() -> Limits:
    """How long a statement, and a wait for a lock, may take on the target."""
    config = current_app.config
    return Limits(statement=config["STATEMENT_SECONDS"], lock=config["LOCK_SECONDS"])


def carry_out(claim: RunClaim, control: Control, checkpoint: Callable[[], None]) -> None:
    """Run the whole of it, and write down what is known. checkpoint: the entrance's commit."""
    work = _Work(claim, control, checkpoint)
    try:
        plans = work.record(run_plan.plan)
        for plan in plans:
            if not _Turn(work, plan).take():
                return
        work.record(run_ends.finished)
    except CannotRun as why:
        db.session.rollback()
        work.record(run_ends.refused, str(why))
    except RunLost:
        db.session.rollback()
        log.warning("run %s went on elsewhere as an orphan; nothing more is sent", claim.run_id)


class _Work:
    """The run at hand, and how its progress is written down."""

    def __init__(self, claim: RunClaim, control: Control, checkpoint: Callable[[], None]):
        self.claim, self.control, self._checkpoint = claim, control, checkpoint

    def record(self, function: Callable, *arguments):
        """function(claim, …) in a transaction of its own; again when the database is busy."""
        for pause in (*RECORD_AGAIN, None):
            try:
                answer = function(self.claim, *arguments)
                self._checkpoint()
                return answer
            except OperationalError:
                db.session.rollback()
                if pause is None:
                    raise
                time.sleep(pause)
        raise AssertionError


class _Turn:
    """One data source's turn."""

    def __init__(self, work: _Work, plan: TaskPlan):
        self.work, self.plan = work, plan
        self.row = work.record(run_log.begin_task, plan.task_id, plan.is_transaction)
        self.last: Result | None = None

    def take(self) -> bool:
        """Whether all of it has taken effect."""
        name = run_log.session_name(self.work.claim.run_id)
        try:
            session = open_session(self.plan.target, name, limits())
        except TargetError as error:
            self._fail(_said(error), undone=False)
            return False
        with session:
            try:
                with self.work.control.holding(session):
                    is_done = self._begin(session) and self._send_all(session)
                return is_done and self._commit(session)
            except TargetError as error:
                return self._trouble(session, error)

    def _begin(self, session: Session) -> bool:
        transaction_id = ""
        if self.plan.is_transaction:
            session.begin()
            transaction_id = session.transaction_id()
        self.work.record(run_log.connected, self.row, session.server_id, transaction_id)
        return True

    def _send_all(self, session: Session) -> bool:
        for position, sql in enumerate(self.plan.statements, start=1):
            why = self.work.control.why_stop()
            if why or not self._may_begin(position):
                return self._stop(session, why)
            self.last = _run(session, position, sql)
            if self.last.state != StatementState.DONE:
                problem = self.work.control.why_stop() or self.last.said
                self._fail(problem, undone=self._take_back(session))
                return False
        return True

    def _may_begin(self, position: int) -> bool:
        return self.work.record(run_log.begin_statement, self.row, position, self.last)

    def _commit(self, session: Session) -> bool:
        if not self.plan.is_transaction:
            self.work.record(run_ends.task_done, self.row, self.last)
            return True
        why = self.work.control.why_stop()
        if why or not self.work.record(run_log.begin_commit, self.row, self.last):
            return self._stop(session, why)
        session.commit()
        self.work.record(run_ends.task_done, self.row, None)
        return True

    def _stop(self, session: Session, why: str) -> bool:
        self._fail(why or _("已按要求中止"), undone=self._take_back(session))
        return False

    def _trouble(self, session: Session, error: TargetError) -> bool:
        """The session broke, or refused to begin or to commit."""
        if error.kind is TargetErrorKind.LOST:
            self.work.record(orphans.hand_over, self.row, self.last)
        else:
            self._fail(_said(error), undone=self._take_back(session))
        return False

    def _take_back(self, session: Session) -> bool:
        """Roll back what was done in the transaction; whether the server could take it all back."""
        if not self.plan.is_transaction:
            return False
        try:
            return session.rollback()
        except TargetError as error:
            # Without a COMMIT, a server undoes the transaction of a connection that is gone.
            return error.kind is TargetErrorKind.LOST

    def _fail(self, problem: str, undone: bool) -> None:
        if self.plan.is_transaction and self.last is not None and not undone:
            problem = _("%(problem)s 服务器提示部分改动无法回滚，请人工核对。", problem=problem)
        self.work.record(run_ends.task_failed, self.row, self.last, problem, undone)


def _run(session: Session, position: int, sql: str) -> Result:
    """Send one statement. A connection that breaks under it is the caller's business."""
    began = time.monotonic()
    try:
        rows = session.execute(sql)
    except TargetError as error:
        if error.kind is TargetErrorKind.LOST:
            raise
        seconds = time.monotonic() - began
        state = StatementState.FAILED
        said = _("第 %(n)d 条语句：%(said)s", n=position, said=_said(error))
        return Result(position, state, seconds, None, error.code, error.message, said)
    return Result(position, StatementState.DONE, time.monotonic() - began, rows)


def _said(error: TargetError) -> str:
    """Our plain sentence, the server's own words, and what to do."""
    return _(
        "%(sentence)s（%(code)s：%(message)s）%(cure)s",
        sentence=error.sentence,
        code=error.code or "-",
        message=error.message,
        cure=error.cure,
    )
