"""Acts on a ticket: each a plain post that answers with the ticket's page.

Who may never do it: 403. Who may, but came too late: a sentence saying what happened first.
"""

from __future__ import annotations

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints.access import project_member
from portal.blueprints.answers import saved
from portal.blueprints.tickets.forms import (
    REASON,
    ApproveForm,
    CloseForm,
    RejectForm,
    ResubmitForm,
)
from portal.blueprints.tickets.presenters import refused_statements, where
from portal.blueprints.tickets.ticket_page import show_again, ticket_or_404
from portal.blueprints.tickets.views import bp
from portal.domain import approvals, rules, states, tickets
from portal.domain.errors import RuleError
from portal.domain.states import TicketAction
from portal.extensions import db
from portal.models import Member, Project, StepKind, StepState, Ticket, TicketStatus, TicketStep
from portal.pages import shown_time


@bp.post("/<int:number>/approve")
@project_member
def approve(project: Project, number: int):
    """The open step's assignee agrees."""
    return _decide(project, number, ApproveForm(), agreed=True)


@bp.post("/<int:number>/reject")
@project_member
def reject(project: Project, number: int):
    """The open step's assignee refuses, with a reason."""
    return _decide(project, number, RejectForm(), agreed=False)


def _decide(project: Project, number: int, form: ApproveForm | RejectForm, agreed: bool):
    ticket, member = ticket_or_404(project, number), _me()
    step = _asked_step(ticket, member, form.step_id)
    if step is None:
        abort(403)
    if step.state == StepState.OPEN and not form.validate_on_submit():
        return show_again(project, number, form)
    try:  # a late click is decided about as well: it changes nothing, but is recorded
        was_first = tickets.decide(step, member, agreed, (form.reason.data or "").strip()[:REASON])
        db.session.commit()
    except RuleError as error:
        db.session.rollback()
        return _too_late(project, ticket, error.message)
    if not was_first:
        return _too_late(project, ticket, _what_happened(step))
    return saved(_page_of(project, number), _("已通过。") if agreed else _("已驳回。"))


def _asked_step(ticket: Ticket, member: Member, step_id: int | None) -> TicketStep | None:
    """The step that the page showed, else the open one, else the last one that was theirs.

    None when this member was never asked.
    """
    current = [step for step in ticket.steps if step.revision == ticket.revision]
    if step_id is not None:
        asked = [step for step in ticket.steps if step.id == step_id]
    else:
        asked = [step for step in current if step.state == StepState.OPEN]
        if not any(_is_theirs(step, member) for step in asked):
            asked = [step for step in current[::-1] if step.state != StepState.WAITING]
    return next((step for step in asked if _is_theirs(step, member)), None)


def _is_theirs(step: TicketStep, member: Member) -> bool:
    return any(assignee.member_id == member.id for assignee in step.assignees)


@bp.post("/<int:number>/close")
@project_member
def close(project: Project, number: int):
    """The creator or an admin ends the ticket, with a reason."""
    return _act(
        project,
        number,
        TicketAction.CLOSE,
        lambda ticket, form: tickets.close(ticket, _me(), form.reason.data.strip()),
        _("工单已关闭。"),
        CloseForm(),
    )


@bp.post("/<int:number>/resubmit")
@project_member
def resubmit(project: Project, number: int):
    """The creator or an admin edits a rejected ticket: a new revision."""
    ticket, form = ticket_or_404(project, number), ResubmitForm()
    answer = _refused_beforehand(project, ticket, TicketAction.RESUBMIT)
    if answer is not None:
        return answer
    if not form.validate_on_submit():
        return show_again(project, number, form)
    dialect = ticket.tasks[0].datasource.db_type.value
    profile = rules.profile_of(project)
    try:
        db.session.rollback()  # judging takes up to two seconds: no transaction is open meanwhile
        audit = tickets.audit_sql(form.sql.data, dialect, profile)
        tickets.resubmit(
            ticket_or_404(project, number),
            _me(),
            form.subject.data,
            form.description.data.strip(),
            form.sql.data,
            audit,
        )
        db.session.commit()
    except RuleError as error:
        form.add_error(error)
        return show_again(
            project, number, form, refused_statements(getattr(error, "audits", []))
        )
    return saved(_page_of(project, number), _("工单已重新提交。"))


@bp.post("/<int:number>/mark-executed")
@project_member
def mark_executed(project: Project, number: int):
    """The operator or an admin ran the SQL by hand."""
    return _act(
        project,
        number,
        TicketAction.MARK_EXECUTED,
        lambda ticket, form: tickets.mark_executed(ticket, _me()),
        _("已标记为人工上线。"),
    )


@bp.post("/<int:number>/resend")
@project_member
def resend(project: Project, number: int):
    """Queue a new card for the open step."""
    provider = request.form.get("provider", "")
    return _act(
        project,
        number,
        TicketAction.RESEND,
        lambda ticket, form: approvals.resend(ticket, _me(), provider),
        _("正在重新发送审批。"),
    )


def _act(  # noqa: PLR0917  one argument a fact of the act
    project: Project, number: int, action: TicketAction, work, message: str, form=None
):
    """Do it, or say beside the form or on the page why not."""
    ticket = ticket_or_404(project, number)
    answer = _refused_beforehand(project, ticket, action)
    if answer is not None:
        return answer
    if form is not None and not form.validate_on_submit():
        return show_again(project, number, form)
    try:
        work(ticket, form)
        db.session.commit()
    except RuleError as error:
        db.session.rollback()
        return _too_late(project, ticket, error.message)
    return saved(_page_of(project, number), message)


def _refused_beforehand(project: Project, ticket: Ticket, action: TicketAction):
    """None when it may be done now; a redirect with a sentence when it once could be; else 403."""
    member = _me()
    if states.can(member, action, ticket):
        return None
    if action == TicketAction.MARK_EXECUTED:
        may_ever = member.is_admin or _is_asked(ticket, member, {StepKind.EXECUTE})
    elif action == TicketAction.RESEND:
        may_ever = states.permitted(member, action, ticket) or _is_asked(
            ticket, member, set(StepKind)
        )
    else:
        may_ever = states.permitted(member, action, ticket)
    if not may_ever:
        abort(403)
    if action == TicketAction.MARK_EXECUTED and ticket.status == TicketStatus.WAIT_FOR_AUDIT:
        return _too_late(project, ticket, _("工单还在审核中，不能标记为人工上线。"))
    return _too_late(project, ticket, _what_became_of(ticket))


def _is_asked(ticket: Ticket, member: Member, kinds: set[StepKind]) -> bool:
    """Whether a step of such a kind is, was or will be theirs to decide."""
    return any(
        step.revision == ticket.revision and step.kind in kinds and _is_theirs(step, member)
        for step in ticket.steps
    )


def _what_happened(step: TicketStep) -> str:
    """Who decided this step first, when and where."""
    decided = {
        StepState.APPROVED: _("审核通过"),
        StepState.REJECTED: _("驳回"),
        StepState.EXECUTED: _("标记为人工上线"),
    }.get(step.state)
    if decided is None:
        return _what_became_of(step.ticket)
    return _(
        "%(who)s 已于 %(when)s %(where)s%(what)s，你的操作没有生效。",
        who=step.decided_by.shown_name if step.decided_by else _("审批平台"),
        when=shown_time(step.decided_at),
        where=where(step.decided_via),
        what=decided,
    )


def _what_became_of(ticket: Ticket) -> str:
    if ticket.closed_by is not None:
        return _("工单已被 %(who)s 关闭，你的操作没有生效。", who=ticket.closed_by.shown_name)
    return _("工单的状态已经变化，你的操作没有生效。")


def _too_late(project: Project, ticket: Ticket, sentence: str):
    flash(sentence, "warning")
    return redirect(_page_of(project, ticket.number))


def _page_of(project: Project, number: int) -> str:
    return url_for("tickets.detail", name=project.name, number=number)


def _me() -> Member:
    return current_user._get_current_object()
