"""One data source's turn in a run: a session, its statements, and what came of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from flask import current_app
from flask_babel import gettext as _

from portal.domain import orphans, run_ends, run_log
from portal.domain.run_log import Result, RunClaim
from portal.domain.run_plan import TaskPlan
from portal.kit.databases import Limits, Session, TargetError, TargetErrorKind, open_session
from portal.models import StatementState


class Recorder(Protocol):
    """See engine.Work."""

    claim: RunClaim
    record: Callable
    control: object


def limits() -> Limits:
    """How long a statement, and a wait for a lock, may take on the target."""
    config = current_app.config
    return Limits(statement=config["STATEMENT_SECONDS"], lock=config["LOCK_SECONDS"])


class Turn:
    """is_first: nothing of this run has taken effect before it."""

    def __init__(self, work: Recorder, plan: TaskPlan, is_first: bool):
        self.work, self.plan, self.is_first = work, plan, is_first
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
                    self._begin(session)
                    is_sent = self._send_all(session)
                return is_sent and self._commit(session)
            except TargetError as error:
                return self._trouble(session, error)

    def _begin(self, session: Session) -> None:
        transaction_id = ""
        if self.plan.is_transaction:
            session.begin()
            transaction_id = session.transaction_id()
        facts = (session.server_id, session.server_identity, transaction_id)
        self.work.record(run_log.connected, self.row, *facts)

    def _send_all(self, session: Session) -> bool:
        for position, sql in enumerate(self.plan.statements, start=1):
            if self.work.control.is_stopping() and not self.work.control.is_aborted():
                return self._stop_with_the_portal(session)
            if not self.work.record(run_log.begin_statement, self.row, position, self.last):
                return self._abort(session)
            self.last = _run(session, position, sql)
            if self.last.state != StatementState.DONE:
                return self._stopped_at(session)
            if session.is_in_transaction() != self.plan.is_transaction:
                return self._lost_the_transaction(session)
        return True

    def _stopped_at(self, session: Session) -> bool:
        """A statement failed: by itself, or because it was asked to stop."""
        undone = self._take_back(session)
        control = self.work.control
        if control.is_stopping() and not control.is_aborted() and undone and self.is_first:
            return self._give_back(_portal_stops(), undone=True)
        why = _aborted() if control.is_aborted() else ""
        return self._fail(f"{why}{self.last.said}", undone)

    def _stop_with_the_portal(self, session: Session) -> bool:
        undone = self._take_back(session)
        if self.is_first and (undone or self.last is None):
            return self._give_back(_portal_stops(), undone=self.last is not None)
        return self._fail(_portal_stops() + _rest(), undone)

    def _abort(self, session: Session) -> bool:
        undone = self._take_back(session)
        if self.is_first and self.last is None:
            return self._give_back(_("已按要求中止"), undone=False)
        return self._fail(_aborted() + _rest(), undone)

    def _lost_the_transaction(self, session: Session) -> bool:
        """A statement has begun, or ended, a transaction behind our back."""
        if self.plan.is_transaction:
            problem = _(
                "第 %(n)d 条语句结束了平台的事务，之前的语句是否提交无法得知，请在数据源上核对。",
                n=self.last.position,
            )
            self.work.record(run_ends.task_unknown, self.row, self.last, problem)
            return False
        session.rollback()
        said = _(
            "第 %(n)d 条语句打开了一个事务而没有结束它，它的改动已回滚。", n=self.last.position
        )
        self.last = replace(self.last, state=StatementState.FAILED, message=said, said=said)
        return self._fail(said, undone=False)

    def _commit(self, session: Session) -> bool:
        """Once all of it is sent, only a person's wish to stop keeps it from being committed."""
        if not self.plan.is_transaction:
            self.work.record(run_ends.task_done, self.row, self.last)
            return True
        if not self.work.record(run_log.begin_commit, self.row, self.last):
            return self._abort(session)
        session.commit()
        self.work.record(run_ends.task_done, self.row, None)
        return True

    def _trouble(self, session: Session, error: TargetError) -> bool:
        """The session broke, or refused to begin or to commit."""
        if error.kind is TargetErrorKind.LOST:
            self.work.record(orphans.hand_over, self.row, self.last)
            return False
        return self._fail(_said(error), undone=self._take_back(session))

    def _take_back(self, session: Session) -> bool:
        """Roll back what was done in the transaction; whether the server could take it all back."""
        if not self.plan.is_transaction:
            return False
        try:
            return session.rollback()
        except TargetError as error:
            # Without a COMMIT, a server undoes the transaction of a connection that is gone.
            return error.kind is TargetErrorKind.LOST

    def _give_back(self, reason: str, undone: bool) -> bool:
        self.work.record(run_ends.returned, reason, undone)
        return False

    def _fail(self, problem: str, undone: bool) -> bool:
        if self.last is not None:
            problem += self._effect(undone)
        self.work.record(run_ends.task_failed, self.row, self.last, problem, undone)
        return False

    def _effect(self, undone: bool) -> str:
        """What of it is in force now."""
        if undone:
            return _("本数据源的改动已全部回滚。")
        if self.plan.is_transaction:
            return _("服务器提示部分改动无法回滚，请人工核对。")
        return _(
            "这些语句不能放在一个事务中：第 %(n)d 条之前的语句已经生效，"
            "它自己可能部分生效，请核对。",
            n=self.last.position,
        )


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


def _aborted() -> str:
    return _("已按要求中止。")


def _portal_stops() -> str:
    return _("门户停止运行")


def _rest() -> str:
    return _("之后的语句没有执行。")


def _said(error: TargetError) -> str:
    """Our plain sentence, the server's own words, and what to do."""
    return _(
        "%(sentence)s（%(code)s：%(message)s）%(cure)s",
        sentence=error.sentence,
        code=error.code or "-",
        message=error.message,
        cure=error.cure,
    )
