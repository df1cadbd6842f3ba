"""What the ticket's page shows, read in a handful of queries and bounded in size."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy import Select
from sqlalchemy.orm import defer, joinedload, selectinload

from portal.blueprints.tickets.cards import CardView, card_views
from portal.domain.sent_cards import SentCards
from portal.extensions import db
from portal.models import (
    DataSource,
    Level,
    Member,
    Project,
    StepKind,
    StepState,
    Ticket,
    TicketStatement,
    TicketStatus,
    TicketStep,
    TicketStepAssignee,
    TicketTask,
)

# Beyond these, over all tasks, the page links to the whole text: 2 MiB must not make it slow.
STATEMENTS_SHOWN = 100
CHARACTERS_SHOWN = 4000


@dataclass(frozen=True)
class StatementView:
    """A statement and what was found. sql: its beginning, when is_cut."""

    position: int
    sql: str
    is_cut: bool
    level: Level
    findings: list[dict]


@dataclass(frozen=True)
class TaskView:
    """A data source's share. statements: all, or the worst ones first when there are many."""

    task: TicketTask
    statements: list[StatementView]
    total: int

    @property
    def title(self) -> str:
        return title_of(self.task.datasource, self.task.schema)


@dataclass(frozen=True)
class StepView:
    """A step, who may decide it, and its cards on the platforms. was_run: not done by hand."""

    step: TicketStep
    people: list[Member]
    cards: list[CardView] = field(default_factory=list)
    was_run: bool = False

    @property
    def title(self) -> str:
        return _("上线工单") if self.step.kind == StepKind.EXECUTE else _("审核工单")

    @property
    def look(self) -> str:
        """The timeline's word for its state."""
        if self.step.state == StepState.EXECUTED:
            ticket = self.step.ticket
            return {"executing": "open", "exec_failed": "failed"}.get(ticket.status, "done")
        return {
            StepState.OPEN: "open",
            StepState.APPROVED: "done",
            StepState.REJECTED: "failed",
        }.get(self.step.state, "waiting")

    @property
    def state(self) -> str:
        """What became of it, in plain words."""
        return {
            StepState.WAITING: _("尚未开始"),
            StepState.OPEN: _("等待上线")
            if self.step.kind == StepKind.EXECUTE
            else _("等待审核"),
            StepState.APPROVED: _("审核通过"),
            StepState.REJECTED: _("工单已被驳回"),
            StepState.SKIPPED: _("未执行到此步"),
            StepState.EXECUTED: self._executed,
        }[self.step.state]

    @property
    def _executed(self) -> str:
        """What came of the execute step: its ticket's state tells."""
        if not self.was_run:
            return _("已标记为人工上线")
        return {
            TicketStatus.EXECUTING: _("正在上线"),
            TicketStatus.EXEC_FAILED: _("上线失败"),
        }.get(self.step.ticket.status, _("上线成功"))

    @property
    def where(self) -> str:
        return where(self.step.decided_via)

    @property
    def marks(self) -> dict[str, object]:
        """The attributes that people's scripts rely on (DESIGN §7)."""
        decider = self.step.decided_by
        return {
            "data-step": self.step.position,
            "data-state": self.step.state.value,
            "data-decided-by": decider.username if decider else None,
            "data-via": self.step.decided_via or None,
        }


def where(via: str) -> str:
    """Where something was decided: "portal" → 在门户."""
    titles = {
        "portal": _("在门户"),
        "dingtalk": _("在钉钉"),
        "feishu": _("在飞书"),
        "schedule": _("定时"),
    }
    return titles.get(via, via)


def title_of(source: DataSource, schema: str) -> str:
    """Where some SQL runs: the data source, and the schema when one is named."""
    return " / ".join(filter(None, (source.name, schema)))


def shown_of_each(tasks: int) -> int:
    """How many statements of each of so many tasks a page holds."""
    return max(STATEMENTS_SHOWN // max(tasks, 1), 1)


def find(project: Project, number: int) -> Ticket | None:
    """The ticket with its people and steps, but without its SQL."""
    assignees = selectinload(Ticket.steps).selectinload(TicketStep.assignees)
    return db.session.scalar(
        db.select(Ticket)
        .filter_by(project_id=project.id, number=number)
        .options(
            joinedload(Ticket.creator),
            joinedload(Ticket.closed_by),
            assignees.joinedload(TicketStepAssignee.member),
            selectinload(Ticket.steps).joinedload(TicketStep.decided_by),
            selectinload(Ticket.tasks).options(
                joinedload(TicketTask.datasource), defer(TicketTask.sql)
            ),
        )
    )


def steps_of(ticket: Ticket, sent: SentCards, was_run: bool) -> dict[int, list[StepView]]:
    """Revision → its steps in order, the newest revision first. was_run: its SQL, by the portal."""
    cards = card_views(ticket, sent)
    found: dict[int, list[StepView]] = {}
    for step in sorted(ticket.steps, key=lambda step: (-step.revision, step.position)):
        people = [assignee.member for assignee in step.assignees]
        view = StepView(step, people, cards.get(step.id, []), was_run)
        found.setdefault(step.revision, []).append(view)
    return found


def tasks_of(ticket: Ticket) -> list[TaskView]:
    """Each data source's statements, cut to what a page can hold; in one query for all."""
    by_task: dict[int, list] = {task.id: [] for task in ticket.tasks}
    shown = shown_of_each(len(by_task))
    for row in db.session.execute(_worst_statements(by_task, shown)):
        by_task[row.task_id].append(row)
    return [_task_view(task, by_task[task.id], shown) for task in ticket.tasks]


def _worst_statements(task_ids: Collection[int], shown: int) -> Select:
    """So many statements of each task as are shown, the worst first, and how many it has."""
    worst_first = db.case(
        {level.value: -weight for weight, level in enumerate(Level)},
        value=db.cast(TicketStatement.level, db.String(32)),
    )
    place = db.func.row_number().over(
        partition_by=TicketStatement.task_id, order_by=(worst_first, TicketStatement.position)
    )
    total = db.func.count().over(partition_by=TicketStatement.task_id)
    placed = (
        db.select(TicketStatement.id, place.label("place"), total.label("total"))
        .where(TicketStatement.task_id.in_(task_ids))
        .subquery()
    )
    return (
        db.select(
            TicketStatement.task_id,
            TicketStatement.position,
            db.func.substr(TicketStatement.sql, 1, CHARACTERS_SHOWN + 1).label("sql"),
            TicketStatement.level,
            TicketStatement.findings,
            placed.c.total,
        )
        .join(placed, placed.c.id == TicketStatement.id)
        .where(placed.c.place <= shown)
        .order_by(placed.c.place)
    )


def _task_view(task: TicketTask, rows: list, shown: int) -> TaskView:
    total = rows[0].total if rows else 0
    if total <= shown:
        rows = sorted(rows, key=lambda row: row.position)
    statements = [
        statement_view(row.position, row.sql, row.level, row.findings, CHARACTERS_SHOWN)
        for row in rows
    ]
    return TaskView(task, statements, total)


def statement_view(position: int, sql: str, level, findings, limit: int) -> StatementView:
    """A statement of which so many characters are shown."""
    return StatementView(position, sql[:limit], len(sql) > limit, level, findings)
