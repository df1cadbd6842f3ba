"""How a run is shown while it works and afterwards: per data source, and per statement."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.orm import joinedload, selectinload

from portal.blueprints.tickets.presenters import TaskView
from portal.domain import running
from portal.extensions import db
from portal.kit import texts
from portal.models import (
    ExecutionRun,
    RunState,
    StatementRun,
    StatementState,
    TaskRun,
    Ticket,
    TicketStatement,
)

# Of the statements that went wrong or are in doubt, so many are shown beside the outcome.
TROUBLE_SHOWN = 20
RUNS_SHOWN = 10
CHARACTERS_SHOWN = 300
_TROUBLE = (StatementState.FAILED, StatementState.UNKNOWN)


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
    is_unsettled: bool


@dataclass(frozen=True)
class TaskRunView:
    """One data source's share of the run. done: statements that have taken effect, of total."""

    row: TaskRun
    done: int
    total: int
    trouble: list[TroubleView]


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
    runs = _runs(ticket)
    if not runs:
        return None
    run = runs[0]
    of_task = {row.task_id: row for row in run.tasks}
    counts, trouble = _counts(run), _trouble(run)
    sentence, look = _sentence(run)
    return RunView(
        run=run,
        tasks={
            view.task.id: TaskRunView(
                of_task[view.task.id],
                counts.get(of_task[view.task.id].id, 0),
                view.total,
                trouble.get(of_task[view.task.id].id, []),
            )
            for view in tasks
            if view.task.id in of_task
        },
        results=_results(of_task, tasks),
        sentence=sentence,
        look=look,
        is_live=run.state in running.LIVE,
        is_unsettled=any(one.is_unsettled for found in trouble.values() for one in found),
        earlier=runs[1:],
    )


def _runs(ticket: Ticket) -> list[ExecutionRun]:
    """The newest ones first."""
    query = (
        db.select(ExecutionRun)
        .filter_by(ticket_id=ticket.id)
        .options(
            joinedload(ExecutionRun.started_by),
            joinedload(ExecutionRun.abort_by),
            selectinload(ExecutionRun.tasks),
        )
        .order_by(ExecutionRun.number.desc())
        .limit(RUNS_SHOWN)
    )
    return list(db.session.scalars(query))


def _counts(run: ExecutionRun) -> dict[int, int]:
    """Task run id → how many of its statements have taken effect."""
    query = (
        db.select(StatementRun.task_run_id, db.func.count(StatementRun.id))
        .join(TaskRun, TaskRun.id == StatementRun.task_run_id)
        .where(TaskRun.run_id == run.id, StatementRun.state == StatementState.DONE)
        .group_by(StatementRun.task_run_id)
    )
    return dict(db.session.execute(query).all())


def _trouble(run: ExecutionRun) -> dict[int, list[TroubleView]]:
    query = (
        db.select(StatementRun, db.func.substr(TicketStatement.sql, 1, CHARACTERS_SHOWN))
        .join(TaskRun, TaskRun.id == StatementRun.task_run_id)
        .outerjoin(
            TicketStatement,
            db.and_(
                TicketStatement.task_id == TaskRun.task_id,
                TicketStatement.position == StatementRun.position,
            ),
        )
        .where(TaskRun.run_id == run.id, StatementRun.state.in_(_TROUBLE))
        .options(joinedload(StatementRun.settled_by))
        .order_by(StatementRun.id)
        .limit(TROUBLE_SHOWN)
    )
    found: dict[int, list[TroubleView]] = {}
    for one, sql in db.session.execute(query):
        view = TroubleView(
            position=one.position,
            sql=sql or "",
            result=_result(one),
            code=one.code,
            message=one.message,
            settled=_settled(one),
            is_unsettled=one.state == StatementState.UNKNOWN and not one.settled_as,
        )
        found.setdefault(one.task_run_id, []).append(view)
    return found


def _results(
    rows: dict[int, TaskRun], tasks: list[TaskView]
) -> dict[tuple[int, int], ResultView]:
    places = [
        db.and_(
            StatementRun.task_run_id == rows[view.task.id].id,
            StatementRun.position.in_([one.position for one in view.statements]),
        )
        for view in tasks
        if view.task.id in rows
    ]
    if not places:
        return {}
    task_of = {row.id: task_id for task_id, row in rows.items()}
    query = db.select(StatementRun).where(db.or_(*places))
    return {
        (task_of[one.task_run_id], one.position): _result(one)
        for one in db.session.scalars(query)
    }


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
