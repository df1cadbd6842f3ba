"""How a run is shown while it works and afterwards: per data source, and per statement."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from portal.blueprints.tickets import run_rows
from portal.blueprints.tickets.presenters import TaskView
from portal.domain import running
from portal.kit import texts
from portal.models import (
    ExecutionRun,
    RunState,
    StatementRun,
    StatementState,
    TaskRun,
    Ticket,
    TicketStatus,
)

# Of the statements that went wrong or are in doubt, so many are shown beside the outcome.
TROUBLE_SHOWN = 20


@dataclass(frozen=True)
class ResultView:
    """What became of one statement, as a few words; look: the colour of its mark."""

    title: str
    look: str
    detail: str = ""


@dataclass(frozen=True)
class TroubleView:
    """A statement that went wrong or is in doubt. sql: its beginning."""

    position: int
    sql: str
    result: ResultView
    code: str
    message: str
    settled: str


@dataclass(frozen=True)
class TaskRunView:
    """One data source's share of the run. done: statements that have taken effect, of total.

    is_undone: what had been done was rolled back with the transaction.
    """

    row: TaskRun
    done: int
    total: int
    trouble: list[TroubleView]
    is_undone: bool


@dataclass(frozen=True)
class RunView:
    """The newest run of a ticket. results: (task id, position) → what became of it."""

    run: ExecutionRun
    tasks: dict[int, TaskRunView]
    results: dict[tuple[int, int], ResultView]
    sentence: str
    look: str
    is_live: bool
    is_unsettled: bool
    earlier: list[ExecutionRun]

    @property
    def has_begun(self) -> bool:
        """Whether it went beyond being asked for, or still may."""
        return self.run.state != RunState.RETURNED


def newest(ticket: Ticket, tasks: list[TaskView]) -> RunView | None:
    """The newest run, with the results of the statements that the page shows anyway."""
    if ticket.status == TicketStatus.WAIT_FOR_AUDIT:
        return None
    runs = run_rows.newest_first(ticket)
    if not runs:
        return None
    (run, rows), earlier = runs[0], [one for one, _rows in runs[1:]]
    of_task = {row.task_id: row for row in rows}
    shown = {
        of_task[view.task.id].id: [one.position for one in view.statements]
        for view in tasks
        if view.task.id in of_task
    }
    found = run_rows.statements(shown)
    is_unsettled = any(run_rows.is_unsettled(one.run) for one in found)
    sentence, look = _sentence(run)
    if run.state == RunState.UNKNOWN and not is_unsettled:
        sentence = _("执行中断，结果未知的语句已由人工核对，见下面的登记。")
    return RunView(
        run=run,
        tasks={
            view.task.id: _task_view(of_task[view.task.id], view.total, found)
            for view in tasks
            if view.task.id in of_task
        },
        results={
            (row.task_id, one.run.position): _result(one.run)
            for row in rows
            for one in found
            if one.run.task_run_id == row.id
        },
        sentence=sentence,
        look=look,
        is_live=run.state in running.LIVE,
        is_unsettled=is_unsettled,
        earlier=earlier,
    )


def _task_view(row: TaskRun, total: int, found: list[run_rows.Row]) -> TaskRunView:
    mine = [one for one in found if one.run.task_run_id == row.id]
    trouble = [one for one in mine if one.run.state in run_rows.TROUBLE]
    done = mine[0].done if mine else 0
    return TaskRunView(
        row,
        done=done,
        total=total,
        trouble=[_trouble(one) for one in trouble[:TROUBLE_SHOWN]],
        is_undone=row.is_transaction and row.state == RunState.FAILED and bool(mine) and not done,
    )


def _trouble(row: run_rows.Row) -> TroubleView:
    one = row.run
    return TroubleView(
        position=one.position,
        sql=row.sql,
        result=_result(one),
        code=one.code,
        message=one.message,
        settled=_settled(one),
    )


def _result(one: StatementRun) -> ResultView:
    parts = []
    if one.rows is not None:
        parts.append(_("%(n)d 行", n=one.rows))
    if one.seconds is not None:
        parts.append(_("%(time)s 秒", time=texts.seconds(one.seconds)))
    title, look = {
        StatementState.STARTED: (_("正在执行"), "info"),
        StatementState.DONE: (_("已执行"), "success"),
        StatementState.FAILED: (_("执行失败"), "error"),
        StatementState.ROLLED_BACK: (_("已回滚"), "muted"),
        StatementState.UNKNOWN: (_("结果未知"), "warning"),
    }[one.state]
    return ResultView(title, look, " · ".join(parts))


def _settled(one: StatementRun) -> str:
    if not one.settled_as:
        return ""
    return _(
        "%(who)s 已在数据源上核对：%(what)s",
        who=one.settled_by.shown_name if one.settled_by else "-",
        what=_("已经执行") if one.settled_as == running.DONE else _("没有执行"),
    )


def _sentence(run: ExecutionRun) -> tuple[str, str]:
    """What is to be said about the run as a whole, and its colour."""
    who = run.started_by.shown_name if run.started_by else "-"
    if run.state in running.LIVE and run.abort_by is not None:
        return _("%(who)s 要求中止，正在停止…", who=run.abort_by.shown_name), "warning"
    return {
        RunState.QUEUED: (_("%(who)s 已发起上线，正在排队…", who=who), "info"),
        RunState.RUNNING: (_("%(who)s 发起的上线正在执行…", who=who), "info"),
        RunState.ORPHANED: (run.problem or _("执行进程已中断，正在核实结果…"), "warning"),
        RunState.FINISHED: (_("全部语句执行成功。"), "success"),
        RunState.FAILED: (run.problem or _("上线失败。"), "error"),
        RunState.UNKNOWN: (run.problem, "error"),
        RunState.RETURNED: (_("没有执行任何语句：%(why)s", why=run.problem), "warning"),
    }[run.state]
