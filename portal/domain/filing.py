"""What a ticket is made of when it is filed: its SQL judged, its steps copied from the flow."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

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
    """The SQL's findings are worse than the project's flow lets through; `audits` shows them."""

    def __init__(self, message: str, audits: list[sqlaudit.AuditResult]):
        super().__init__(message, "sql")
        self.audits = audits


@dataclass
class TaskDraft:
    """SQL for one data source. audit: its result, where the caller has it already."""

    datasource: DataSource
    schema: str
    sql: str
    audit: sqlaudit.AuditResult | None = None


@dataclass
class NewTicket:
    """What a submitter typed. nonce: the form's own, so that a double click files one ticket."""

    subject: str
    description: str
    nonce: str
    tasks: list[TaskDraft] = field(default_factory=list)


def copy_steps(ticket: Ticket, flow: Flow) -> None:
    """A later change of the flow does not touch this revision."""
    ticket.steps += [step_of(ticket.revision, step) for step in flow.steps]
    db.session.flush()


def step_of(revision: int, step: FlowStep) -> TicketStep:
    """A waiting copy of this step of the flow."""
    return TicketStep(
        revision=revision,
        position=step.position,
        kind=step.kind,
        description=step.description,
        state=StepState.WAITING,
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
        raise RuleError(_("请选择本项目的数据源"), "datasource")
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
                findings=[
                    {"rule": one.rule, "level": str(one.level), "message": one.message}
                    for one in statement.findings
                ],
            )
            for statement in result.statements
        ],
    )


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


def check_level(flow: Flow, drafts: list[TaskDraft]) -> None:
    """Raises LevelRefused when a finding is worse than the flow lets through."""
    audits = [draft.audit for draft in drafts]
    worst = max((result.level for result in audits), key=LEVELS.index)
    if LEVELS.index(worst) > LEVELS.index(Level(flow.max_level)):
        raise LevelRefused(
            _("审核结果的等级超过了本项目允许提交的最高等级，请按下面的提示修改 SQL"), audits
        )


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
