"""Tickets: filed, decided, closed, resubmitted, finished. Each act has one winner (DESIGN §4)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from portal import sqlaudit
from portal.domain import approvals, records, states
from portal.domain.errors import RuleError
from portal.domain.states import TicketAction
from portal.extensions import db
from portal.kit.clock import utc_now
from portal.models import (
    DataSource,
    Flow,
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


def submit(project: Project, creator: Member, draft: NewTicket) -> Ticket:
    """File a ticket and open its first step. The same nonce again answers the first ticket.

    Raises RuleError: no flow, no data source of this project, SQL that is refused.
    """
    first = _by_nonce(creator, draft.nonce)
    if first is not None:
        return first
    flow = db.session.scalar(db.select(Flow).filter_by(project_id=project.id))
    _check_flow(flow)
    tasks = [_task(project, task) for task in draft.tasks]
    _check_level(flow, draft.tasks)
    ticket = Ticket(
        project=project,
        number=_next_number(project),
        subject=draft.subject,
        description=draft.description,
        creator=creator,
        status=TicketStatus.WAIT_FOR_AUDIT,
        form_nonce=draft.nonce,
        tasks=tasks,
    )
    try:
        with db.session.begin_nested():
            db.session.add(ticket)
    except IntegrityError:  # the other half of a double click was first
        db.session.expunge_all()
        first = _by_nonce(creator, draft.nonce)
        if first is None:
            raise
        return first
    _copy_steps(ticket, flow)
    _begin(ticket)
    records.add(records.Action.TICKET_SUBMITTED, approvals.subject_of(ticket), creator)
    return ticket


def decide(
    step: TicketStep, member: Member, agreed: bool, reason: str = "", via: str = "portal"
) -> bool:
    """An assignee's decision about this very step. False: it was decided or ended before.

    The winner's effect, its record and the next cards are in one transaction.
    """
    ticket = step.ticket
    if agreed and step.kind == StepKind.EXECUTE:
        raise RuleError(_("上线步骤不能审核通过，请上线或标记为人工上线"))
    details = {
        "revision": step.revision,
        "position": step.position,
        "via": via,
        "reason": reason,
    }
    following = _following(step) if agreed else None
    if agreed:
        status = _status_at(following)
        moved = _move(ticket, step, status, following.position if following else 0)
    else:
        moved = _move(ticket, step, TicketStatus.REJECTED, 0)
    if not moved:
        records.add(
            records.Action.DECISION_LATE,
            approvals.subject_of(ticket),
            member,
            details | {"agreed": agreed},
        )
        return False
    _close_step(step, StepState.APPROVED if agreed else StepState.REJECTED, member, via, reason)
    action = records.Action.STEP_APPROVED if agreed else records.Action.STEP_REJECTED
    records.add(action, approvals.subject_of(ticket), member, details)
    approvals.supersede_cards(step, member, agreed)
    if agreed and following is not None:
        _open(following)
    elif not agreed:
        _skip_rest(ticket)
    return True


def withdrawn_over_there(step: TicketStep, reason: str, via: str) -> bool:
    """The step's card was withdrawn on the platform: back to its creator (DESIGN §4)."""
    ticket = step.ticket
    if step.kind == StepKind.EXECUTE:
        return False
    if not _move(ticket, step, TicketStatus.REJECTED, 0):
        return False
    _close_step(step, StepState.REJECTED, None, via, reason)
    records.add(
        records.Action.STEP_REJECTED,
        approvals.subject_of(ticket),
        None,
        {"revision": step.revision, "position": step.position, "via": via, "reason": reason},
    )
    approvals.supersede_cards(step)
    _skip_rest(ticket)
    return True


def close(ticket: Ticket, actor: Member, reason: str) -> None:
    """End the ticket for good, withdrawing its cards. Raises RuleError when it is too late."""
    _require(ticket, actor, TicketAction.CLOSE)
    if not reason.strip():
        raise RuleError(_("请填写关闭原因"), "reason")
    step = states.open_step(ticket)
    if not _move(ticket, step, TicketStatus.CANCELED, 0):
        raise RuleError(_("工单状态刚刚发生了变化，请刷新后再试"))
    ticket.closed_by = actor
    ticket.close_reason = reason
    _skip_rest(ticket)
    if step is not None:
        approvals.supersede_cards(step)
    records.add(
        records.Action.TICKET_CLOSED, approvals.subject_of(ticket), actor, {"reason": reason}
    )


def resubmit(
    ticket: Ticket,
    actor: Member,
    subject: str,
    description: str,
    sql: str,
    audits: list[sqlaudit.AuditResult] | None = None,
) -> None:
    """Edited after a rejection: a new revision with fresh steps from the project's flow now.

    sql: of the first task. Raises RuleError.
    """
    _require(ticket, actor, TicketAction.RESUBMIT)
    flow = db.session.scalar(db.select(Flow).filter_by(project_id=ticket.project_id))
    _check_flow(flow)
    old = ticket.tasks[0]
    draft = TaskDraft(old.datasource, old.schema, sql, audits[0] if audits else None)
    task = _task(ticket.project, draft)
    _check_level(flow, [draft])
    if not _move(ticket, None, TicketStatus.WAIT_FOR_AUDIT, 0, revision=ticket.revision + 1):
        raise RuleError(_("工单状态刚刚发生了变化，请刷新后再试"))
    ticket.subject, ticket.description, ticket.notice = subject, description, ""
    ticket.tasks = [task, *ticket.tasks[1:]]
    _copy_steps(ticket, flow)
    _begin(ticket)
    records.add(
        records.Action.TICKET_RESUBMITTED,
        approvals.subject_of(ticket),
        actor,
        {"revision": ticket.revision},
    )


def mark_executed(ticket: Ticket, actor: Member) -> None:
    """标记为人工上线: somebody ran the SQL by hand. Raises RuleError when it is too late."""
    _require(ticket, actor, TicketAction.MARK_EXECUTED)
    step = states.open_step(ticket)
    if step is None or not _move(ticket, step, TicketStatus.FINISHED, 0):
        raise RuleError(_("工单状态刚刚发生了变化，请刷新后再试"))
    _close_step(step, StepState.EXECUTED, actor, "portal", "")
    approvals.supersede_cards(step)
    records.add(records.Action.TICKET_MARKED_EXECUTED, approvals.subject_of(ticket), actor)


def _require(ticket: Ticket, actor: Member, action: TicketAction) -> None:
    if not states.can(actor, action, ticket):
        raise RuleError(_("工单当前的状态不允许这样操作"))


def _move(
    ticket: Ticket,
    step: TicketStep | None,
    status: TicketStatus,
    position: int,
    revision: int | None = None,
) -> bool:
    """The one conditional update that picks a winner: nobody moved the ticket in the meantime.

    step: what is being decided; a decision about an older step or revision matches no row.
    """
    seen = (Ticket.status == ticket.status, Ticket.revision == ticket.revision)
    at = step or ticket
    same = (Ticket.position == at.position, Ticket.revision == at.revision)
    if step is not None and step.state != StepState.OPEN:
        return False
    ended = status in {TicketStatus.CANCELED, TicketStatus.FINISHED}
    done = db.session.execute(
        db.update(Ticket)
        .where(Ticket.id == ticket.id, *seen, *same)
        .values(
            status=status,
            position=position,
            revision=revision or ticket.revision,
            ended_at=utc_now() if ended else None,
        )
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(ticket)
    if done.rowcount != 1:
        return False
    for task in ticket.tasks:
        task.status = status
    return True


def _status_at(step: TicketStep | None) -> TicketStatus:
    if step is None or step.kind == StepKind.EXECUTE:
        return TicketStatus.WAIT_FOR_EXECUTION
    return TicketStatus.WAIT_FOR_AUDIT


def _current(ticket: Ticket) -> list[TicketStep]:
    return [step for step in ticket.steps if step.revision == ticket.revision]


def _following(step: TicketStep) -> TicketStep | None:
    later = (one for one in _current(step.ticket) if one.position == step.position + 1)
    return next(later, None)


def _close_step(
    step: TicketStep, state: StepState, member: Member | None, via: str, reason: str
) -> None:
    step.state = state
    step.decided_by = member
    step.decided_at = utc_now()
    step.decided_via = via
    step.reason = reason


def _skip_rest(ticket: Ticket) -> None:
    for step in _current(ticket):
        if step.state in {StepState.OPEN, StepState.WAITING}:
            step.state = StepState.SKIPPED


def _open(step: TicketStep) -> None:
    step.state = StepState.OPEN
    db.session.flush()
    approvals.open_step(step)


def _begin(ticket: Ticket) -> None:
    """Open the first step of a fresh revision."""
    first = _current(ticket)[0]
    ticket.status = _status_at(first)
    ticket.position = first.position
    for task in ticket.tasks:
        task.status = ticket.status
    _open(first)


def _copy_steps(ticket: Ticket, flow: Flow) -> None:
    ticket.steps += [_step(ticket.revision, step) for step in flow.steps]
    db.session.flush()


def _step(revision: int, step: FlowStep) -> TicketStep:
    return TicketStep(
        revision=revision,
        position=step.position,
        kind=step.kind,
        description=step.description,
        state=StepState.WAITING,
        assignees=[TicketStepAssignee(member_id=one.member_id) for one in step.assignees],
    )


def _check_flow(flow: Flow | None) -> None:
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


def _task(project: Project, draft: TaskDraft) -> TicketTask:
    if draft.datasource.project_id != project.id:
        raise RuleError(_("请选择本项目的数据源"), "datasource")
    if draft.audit is None:
        draft.audit = audit_sql(draft.sql, draft.datasource.db_type)
    result = draft.audit
    return TicketTask(
        datasource=draft.datasource,
        schema=draft.schema,
        sql=draft.sql,
        sql_digest=hashlib.sha256(draft.sql.encode()).hexdigest(),
        score=result.score,
        pass_rate=result.pass_rate,
        level=Level(result.level),
        status=TicketStatus.WAIT_FOR_AUDIT,
        statements=[
            TicketStatement(
                position=statement.position,
                sql=statement.sql,
                level=Level(statement.level),
                findings=[
                    {"rule": one.rule, "level": str(one.level), "message": one.message}
                    for one in statement.findings
                ],
            )
            for statement in result.statements
        ],
    )


def audit_sql(sql: str, dialect: str) -> sqlaudit.AuditResult:
    """Judge SQL. It may take two seconds: call it while no transaction is open.

    Raises RuleError on the field sql.
    """
    try:
        return sqlaudit.audit(sql, dialect)
    except sqlaudit.AuditError as error:
        raise RuleError(str(error), "sql") from None


def _check_level(flow: Flow, drafts: list[TaskDraft]) -> None:
    audits = [draft.audit for draft in drafts]
    worst = max((Level(result.level) for result in audits), key=LEVELS.index)
    if LEVELS.index(worst) > LEVELS.index(Level(flow.max_level)):
        raise LevelRefused(
            _("审核结果的等级超过了本项目允许提交的最高等级，请按下面的提示修改 SQL"), audits
        )


def _next_number(project: Project) -> int:
    db.session.execute(
        db.update(Project)
        .where(Project.id == project.id)
        .values(next_ticket_number=Project.next_ticket_number + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(project, ["next_ticket_number"])
    return project.next_ticket_number - 1


def _by_nonce(creator: Member, nonce: str) -> Ticket | None:
    return db.session.scalar(
        db.select(Ticket).filter_by(creator_id=creator.id, form_nonce=nonce)
    )
