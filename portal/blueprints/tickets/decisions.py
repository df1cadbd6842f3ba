"""Deciding, closing and resubmitting: each a plain post that answers with the ticket's page."""

from __future__ import annotations

from flask import abort, request
from flask_babel import gettext as _

from portal.blueprints.access import project_member
from portal.blueprints.answers import saved
from portal.blueprints.tickets.acting import (
    act,
    is_theirs,
    me,
    page_of,
    too_late,
    what_happened,
)
from portal.blueprints.tickets.forms import (
    REASON,
    ApproveForm,
    CloseForm,
    RejectForm,
)
from portal.blueprints.tickets.ticket_page import show_again, ticket_or_404
from portal.blueprints.tickets.views import bp
from portal.domain import approvals, tickets
from portal.domain.errors import RuleError
from portal.domain.states import TicketAction
from portal.extensions import db
from portal.models import Member, Project, StepState, Ticket, TicketStep


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
    ticket, member = ticket_or_404(project, number), me()
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
        return too_late(project, ticket, error.message)
    if not was_first:
        return too_late(project, ticket, what_happened(step))
    return saved(page_of(project, number), _("已通过。") if agreed else _("已驳回。"))


def _asked_step(ticket: Ticket, member: Member, step_id: int | None) -> TicketStep | None:
    """The step that the page showed, else the open one, else the last one that was theirs.

    None when this member was never asked.
    """
    current = [step for step in ticket.steps if step.revision == ticket.revision]
    if step_id is not None:
        asked = [step for step in ticket.steps if step.id == step_id]
    else:
        asked = [step for step in current if step.state == StepState.OPEN]
        if not any(is_theirs(step, member) for step in asked):
            asked = [step for step in current[::-1] if step.state != StepState.WAITING]
    return next((step for step in asked if is_theirs(step, member)), None)



@bp.post("/<int:number>/close")
@project_member
def close(project: Project, number: int):
    """The creator or an admin ends the ticket, with a reason."""
    return act(
        project,
        number,
        TicketAction.CLOSE,
        lambda ticket, form: tickets.close(ticket, me(), form.reason.data.strip()),
        _("工单已关闭。"),
        CloseForm(),
    )


@bp.post("/<int:number>/mark-executed")
@project_member
def mark_executed(project: Project, number: int):
    """The operator or an admin ran the SQL by hand."""
    return act(
        project,
        number,
        TicketAction.MARK_EXECUTED,
        lambda ticket, form: tickets.mark_executed(ticket, me()),
        _("已标记为人工上线。"),
    )


@bp.post("/<int:number>/resend")
@project_member
def resend(project: Project, number: int):
    """Queue a new card for the open step."""
    provider = request.form.get("provider", "")
    return act(
        project,
        number,
        TicketAction.RESEND,
        lambda ticket, form: approvals.resend(ticket, me(), provider),
        _("正在重新发送审批。"),
    )
