"""What a ticket is made of when it is filed: its SQL judged, its steps copied from the flow."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from flask_babel import gettext as _

from portal import sqlaudit
from portal.domain import rules
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.models import (
    DataSource,
    Flow,
    Level,
    Member,
    Project,
    StepState,
    Ticket,
    TicketStatement,
    TicketStatus,
    TicketStep,
    TicketStepAssignee,
    TicketTask,
)
from portal.models.flow import FlowStep

LEVELS = list(Level)


class LevelRefused(RuleError):
    """Findings are worse than the project's flow lets through. drafts: all, with their audits."""

    def __init__(self, message: str, drafts: list[TaskDraft], refused: list[TaskDraft]):
        super().__init__(message, f"{refused[0].prefix}sql")
        self.drafts = drafts
        self.others = [RuleError(message, f"{one.prefix}sql") for one in refused[1:]]


@dataclass
class TaskDraft:
    """SQL for one data source. audit: its result, where the caller has it already.

    prefix: what stands before the names of its fields in errors; none for a ticket's first.
    """

    datasource: DataSource
    schema: str
    sql: str
    audit: sqlaudit.AuditResult | None = None
    prefix: str = ""


@dataclass
class NewTicket:
    """What a submitter typed. nonce: the form's own, so that a double click files one ticket."""

    subject: str
    description: str
    nonce: str
    tasks: list[TaskDraft] = field(default_factory=list)


def copy_steps(ticket: Ticket, flow: Flow) -> None:
    """A later change of the flow does not touch this revision; nor does one of the SQL."""
    asked_about = bound((task.datasource, task.schema, task.sql_digest) for task in ticket.tasks)
    ticket.steps += [step_of(ticket.revision, step, asked_about) for step in flow.steps]
    db.session.flush()


def bound(parts: Iterable[tuple[DataSource, str, str]]) -> str:
    """What people are asked about: SHA-256 over every task's place and SQL, in any order.

    parts: data source, schema, SHA-256 of the SQL. The place is the database itself, not the
    account: whoever points the data source to another one has to have the ticket asked anew.
    """
    lines = sorted(f"{_place(source)} {schema} {digest}" for source, schema, digest in parts)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _place(source: DataSource) -> str:
    return f"{source.db_type.value} {source.host} {source.port or 0} {source.database}"


def step_of(revision: int, step: FlowStep, asked_about: str) -> TicketStep:
    """A waiting copy of this step of the flow. asked_about: see `bound`."""
    return TicketStep(
        revision=revision,
        position=step.position,
        kind=step.kind,
        description=step.description,
        state=StepState.WAITING,
        sql_digest=asked_about,
        assignees=[TicketStepAssignee(member_id=one.member_id) for one in step.assignees],
    )


def check_flow(flow: Flow | None) -> None:
    """Raises RuleError when nobody could decide some step."""
    if flow is None or not flow.steps:
        raise RuleError(_("项目还没有审批流程，请项目管理员先在「审批流程模板」中设置"))
    for step in flow.steps:
        if not any(assignee.member.is_enabled for assignee in step.assignees):
            raise RuleError(
                _(
                    "审批流程的第 %(n)s 步没有可用的处理人，请项目管理员先在「审批流程模板」中调整",
                    n=step.position,
                )
            )


def task_of(project: Project, draft: TaskDraft) -> TicketTask:
    """The draft, judged. Raises RuleError on datasource or sql."""
    if draft.datasource.project_id != project.id:
        raise RuleError(_("请选择本项目的数据源"), f"{draft.prefix}datasource")
    if draft.audit is None:
        profile = rules.profile_of(project)
        draft.audit = audit_sql(draft.sql, draft.datasource.db_type, profile)
    result = draft.audit
    return TicketTask(
        datasource=draft.datasource,
        schema=draft.schema,
        sql=draft.sql,
        sql_digest=hashlib.sha256(draft.sql.encode()).hexdigest(),
        score=result.score,
        pass_rate=result.pass_rate,
        level=result.level,
        status=TicketStatus.WAIT_FOR_AUDIT,
        statements=[
            TicketStatement(
                position=statement.position,
                sql=statement.sql,
                level=statement.level,
                findings=[facts_of(finding) for finding in statement.findings],
            )
            for statement in result.statements
        ],
    )


def edited(
    ticket: Ticket, sqls: Sequence[str], audits: Sequence[sqlaudit.AuditResult | None] = ()
) -> list[TaskDraft]:
    """The ticket's tasks with other SQL, one a task. audits: their results, where there are any."""
    return [
        TaskDraft(task.datasource, task.schema, sql, audit, f"tasks-{place}-" if place > 1 else "")
        for place, (task, sql, audit) in enumerate(
            zip_longest(ticket.tasks, sqls, audits), start=1
        )
    ]


def facts_of(finding: sqlaudit.Finding) -> dict[str, str]:
    """A finding as it is stored and shown. english: its sentence once more, where it has one."""
    return {
        "rule": finding.rule,
        "level": str(finding.level),
        "message": finding.message,
        "english": finding.english,
    }


def audit_sql(
    sql: str, dialect: str, profile: Mapping[str, Level | str]
) -> sqlaudit.AuditResult:
    """Judge SQL. It may take two seconds: call it while no transaction is open.

    profile: the project's levels, as rules.profile_of answers. Raises RuleError on the field sql.
    """
    try:
        return sqlaudit.audit(sql, dialect, profile)
    except sqlaudit.AuditError as error:
        raise RuleError(str(error), "sql") from None


def exceeds(flow: Flow, level: Level) -> bool:
    """Whether findings of this level are worse than the flow lets through."""
    return LEVELS.index(level) > LEVELS.index(Level(flow.max_level))


def check_level(flow: Flow, drafts: list[TaskDraft]) -> None:
    """Raises LevelRefused when a finding is worse than the flow lets through."""
    refused = [draft for draft in drafts if exceeds(flow, draft.audit.level)]
    if refused:
        text = _("审核结果的等级超过了本项目允许提交的最高等级，请按页面上的审核结果修改 SQL")
        raise LevelRefused(text, drafts, refused)


def next_number(project: Project) -> int:
    """The project's next ticket number; the row stays locked till the commit."""
    db.session.execute(
        db.update(Project)
        .where(Project.id == project.id)
        .values(next_ticket_number=Project.next_ticket_number + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(project, ["next_ticket_number"])
    return project.next_ticket_number - 1


def by_nonce(creator: Member, nonce: str) -> Ticket | None:
    """The ticket that this very form filed before, if any."""
    return db.session.scalar(db.select(Ticket).filter_by(creator_id=creator.id, form_nonce=nonce))
