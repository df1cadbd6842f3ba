"""Tickets: filed, decided, closed, resubmitted, finished. Each act has one winner (DESIGN §4)."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from portal.domain import (
    approvals,
    filing,
    flows,
    gathering,
    judging,
    moves,
    notices,
    projects,
    records,
    running,
    schedules,
    states,
)
from portal.domain.errors import RuleError
from portal.domain.filing import LevelRefused, NewTicket, TaskDraft, audit_sql
from portal.domain.notices import Edge
from portal.domain.states import TicketAction
from portal.extensions import db
from portal.models import (
    Member,
    Project,
    StepKind,
    StepState,
    Ticket,
    TicketStatus,
    TicketStep,
)
from portal.sqlaudit import AuditResult

__all__ = [
    "LevelRefused",
    "NewTicket",
    "TaskDraft",
    "audit_sql",
    "close",
    "decide",
    "mark_executed",
    "resubmit",
    "submit",
    "withdrawn_over_there",
]


def submit(project: Project, creator: Member, draft: NewTicket) -> Ticket:
    """File a ticket and open its first step. The same nonce again answers the first ticket.

    Raises RuleError: no flow, no data source of this project, one twice, SQL that is refused.
    """
    first = filing.by_nonce(creator, draft.nonce)
    if first is not None:
        return first
    flow = flows.of(project)
    filing.check_flow(flow)
    judging.check_drafts(draft.tasks)
    tasks = [filing.task_of(project, task) for task in draft.tasks]
    filing.check_level(flow, draft.tasks)
    ticket = Ticket(
        project=project,
        subject=draft.subject,
        description=draft.description,
        creator=creator,
        status=TicketStatus.WAIT_FOR_AUDIT,
        form_nonce=draft.nonce,
        tasks=tasks,
    )
    try:
        with db.session.begin_nested():
            ticket.number = filing.next_number(project)  # given back where it was a double click
            db.session.add(ticket)
    except IntegrityError:  # the other half of it was first
        first = filing.by_nonce(creator, draft.nonce)
        if first is None:
            raise
        return first
    filing.copy_steps(ticket, flow)
    gathering.from_ticket(ticket, draft.tasks, creator)
    moves.begin(ticket)
    records.add(records.Action.TICKET_SUBMITTED, approvals.subject_of(ticket), creator)
    return ticket


def decide(
    step: TicketStep, member: Member, agreed: bool, reason: str = "", via: str = "portal"
) -> bool:
    """An assignee's decision about this very step. False: it was decided or ended before.

    The winner's effect, its record and the next cards are in one transaction.
    """
    ticket = step.ticket
    is_asked = member.id in {one.member_id for one in step.assignees}
    if not (member.is_enabled and is_asked and projects.belongs(member, ticket.project)):
        raise RuleError(_("只有这一步的处理人可以审批"))
    if agreed and step.kind == StepKind.EXECUTE:
        return _agreed_to_run(step, member, reason, via)
    details = {
        "revision": step.revision,
        "position": step.position,
        "via": via,
        "reason": reason,
    }
    following = moves.following(step) if agreed else None
    if agreed:
        status = moves.status_at(following)
        moved = moves.move(ticket, step, status, following.position if following else 0)
    else:
        moved = moves.move(ticket, step, TicketStatus.REJECTED, 0)
    if not moved:
        _record_late(step, member, details | {"agreed": agreed})
        return False
    state = StepState.APPROVED if agreed else StepState.REJECTED
    moves.close_step(step, state, member, via, reason)
    action = records.Action.STEP_APPROVED if agreed else records.Action.STEP_REJECTED
    records.add(action, approvals.subject_of(ticket), member, details)
    approvals.supersede_cards(step, member, agreed)
    if agreed and following is not None:
        moves.open_step(following)
    elif not agreed:
        moves.skip_rest(ticket)
        notices.tell(ticket, Edge.REFUSED)
    return True


def _agreed_to_run(step: TicketStep, member: Member, reason: str, via: str) -> bool:
    """A card of the execute step was agreed: it runs at once; a scheduled one, at its time."""
    if via == "portal":
        raise RuleError(_("上线步骤不能审核通过，请上线或标记为人工上线"))
    if step.ticket.status == TicketStatus.EXEC_SCHEDULED:
        done = schedules.confirm(step, member, via)
    else:
        done = running.start(step, member, via, reason) is not None
    if not done:
        details = {"revision": step.revision, "position": step.position, "via": via}
        _record_late(step, member, details | {"reason": reason, "agreed": True})
    return done


def _record_late(step: TicketStep, member: Member, details: dict) -> None:
    subject = approvals.subject_of(step.ticket)
    records.add(records.Action.DECISION_LATE, subject, member, details)


def withdrawn_over_there(step: TicketStep, reason: str, via: str) -> bool:
    """The step's card was withdrawn on the platform: back to its creator (DESIGN §4)."""
    ticket = step.ticket
    if step.kind == StepKind.EXECUTE:
        return False
    if not moves.move(ticket, step, TicketStatus.REJECTED, 0):
        return False
    moves.close_step(step, StepState.REJECTED, None, via, reason)
    records.add(
        records.Action.STEP_REJECTED,
        approvals.subject_of(ticket),
        None,
        {"revision": step.revision, "position": step.position, "via": via, "reason": reason},
    )
    approvals.supersede_cards(step)
    moves.skip_rest(ticket)
    notices.tell(ticket, Edge.REFUSED)
    return True


def close(ticket: Ticket, actor: Member, reason: str) -> None:
    """End the ticket for good, withdrawing its cards. Raises RuleError when it is too late."""
    _require(ticket, actor, TicketAction.CLOSE)
    if not reason.strip():
        raise RuleError(_("请填写关闭原因"), "reason")
    step = states.open_step(ticket)
    if not moves.move(ticket, step, TicketStatus.CANCELED, 0):
        raise RuleError(_("工单状态刚刚发生了变化，请刷新后再试"))
    ticket.closed_by = actor
    ticket.close_reason = reason
    moves.skip_rest(ticket)
    if step is not None:
        approvals.supersede_cards(step)
    notices.tell(ticket, Edge.CLOSED)
    records.add(
        records.Action.TICKET_CLOSED, approvals.subject_of(ticket), actor, {"reason": reason}
    )


def resubmit(  # noqa: PLR0917  the documented fields of one form
    ticket: Ticket,
    actor: Member,
    subject: str,
    description: str,
    sqls: Sequence[str],
    audits: Sequence[AuditResult | None] = (),
) -> None:
    """Edited after a rejection: a new revision with fresh steps from the project's flow now.

    sqls: one a task, in their order; audits: their results, where the caller has them.
    Raises RuleError, on the field sql or tasks-N-sql (N: the task's place from 2).
    """
    _require(ticket, actor, TicketAction.RESUBMIT)
    if len(sqls) != len(ticket.tasks):
        raise RuleError(_("工单状态刚刚发生了变化，请刷新后再试"))
    flow = flows.of(ticket.project)
    filing.check_flow(flow)
    drafts = filing.edited(ticket, sqls, audits)
    judging.check_drafts(drafts)
    tasks = [filing.task_of(ticket.project, draft) for draft in drafts]
    filing.check_level(flow, drafts)
    gathering.lock(ticket.project)  # before the ticket: whoever files locks in that order
    if not moves.move(ticket, None, TicketStatus.WAIT_FOR_AUDIT, 0, revision=ticket.revision + 1):
        raise RuleError(_("工单状态刚刚发生了变化，请刷新后再试"))
    ticket.subject, ticket.description = subject, description
    ticket.tasks = tasks
    filing.copy_steps(ticket, flow)
    gathering.from_ticket(ticket, drafts, actor)
    moves.begin(ticket)
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
    if step is None or not moves.move(ticket, step, TicketStatus.FINISHED, 0):
        raise RuleError(_("工单状态刚刚发生了变化，请刷新后再试"))
    moves.close_step(step, StepState.EXECUTED, actor, "portal", "")
    approvals.supersede_cards(step)
    notices.tell(ticket, Edge.MARKED_EXECUTED)
    records.add(records.Action.TICKET_MARKED_EXECUTED, approvals.subject_of(ticket), actor)


def _require(ticket: Ticket, actor: Member, action: TicketAction) -> None:
    if not states.can(actor, action, ticket):
        raise RuleError(_("工单当前的状态不允许这样操作"))
