"""What every act on a ticket shares: done, or a sentence that says why not.

Who may never do it: 403. Who may, but came too late: a sentence saying what happened first.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints.answers import saved
from portal.blueprints.forms import PortalForm
from portal.blueprints.tickets.presenters import where
from portal.blueprints.tickets.ticket_page import show_again, ticket_or_404
from portal.domain import states
from portal.domain.errors import RuleError
from portal.domain.states import TicketAction, TicketRole
from portal.extensions import db
from portal.models import Member, Project, StepKind, StepState, Ticket, TicketStatus, TicketStep
from portal.pages import shown_time

# What the people of the execute step do once the audit is over.
OF_OPERATORS = frozenset(
    {
        TicketAction.MARK_EXECUTED,
        TicketAction.EXECUTE,
        TicketAction.SCHEDULE,
        TicketAction.UNSCHEDULE,
        TicketAction.CONFIRM,
        TicketAction.ABORT,
        TicketAction.SETTLE,
    }
)


def act(  # noqa: PLR0917  one argument a fact of the act
    project: Project,
    number: int,
    action: TicketAction,
    work: Callable[[Ticket, PortalForm | None], object],
    message: str,
    form: PortalForm | None = None,
):
    """Do it, or say beside the form or on the page why not.

    work: a text that it answers is said instead of the message.
    """
    ticket = ticket_or_404(project, number)
    answer = refused_beforehand(project, ticket, action)
    if answer is not None:
        return answer
    if _is_another_step(ticket, action):
        text = _("这张工单在你打开页面之后有了变化，请核对现在的内容后再操作。")
        return too_late(project, ticket, text)
    if form is not None and not form.validate_on_submit():
        return show_again(project, number, form)
    try:
        said = work(ticket, form)
        db.session.commit()
    except RuleError as error:
        db.session.rollback()
        if form is not None and error.field in form:
            form.add_error(error)
            return show_again(project, number, form)
        return too_late(project, ticket, error.message)
    return saved(page_of(project, number), said if isinstance(said, str) else message)


def refused_beforehand(project: Project, ticket: Ticket, action: TicketAction):
    """None when it may be done now; a redirect with a sentence when it once could be; else 403."""
    member = me()
    if states.can(member, action, ticket):
        return None
    if not _may_ever(ticket, member, action):
        abort(403)
    if action in OF_OPERATORS and ticket.status == TicketStatus.WAIT_FOR_AUDIT:
        if action == TicketAction.MARK_EXECUTED:
            return too_late(project, ticket, _("工单还在审核中，不能标记为人工上线。"))
        return too_late(project, ticket, _("工单还在审核中，不能上线。"))
    return too_late(project, ticket, _what_became_of(ticket))


def _is_another_step(ticket: Ticket, action: TicketAction) -> bool:
    """Whether the page that was acted on showed another step, or other SQL, than is open now."""
    shown = request.form.get("step", "")
    if not shown or action not in OF_OPERATORS:
        return False
    step = states.open_step(ticket)
    return step is None or str(step.id) != shown


def _may_ever(ticket: Ticket, member: Member, action: TicketAction) -> bool:
    """Whether it is theirs to do at some time or other: "not now" rather than "not yours"."""
    if action in OF_OPERATORS:
        is_theirs_to_run = _is_asked(ticket, member, {StepKind.EXECUTE})
        return is_theirs_to_run or (states.lets(TicketRole.ADMIN, action) and member.is_admin)
    if states.permitted(member, action, ticket):
        return True
    return action == TicketAction.RESEND and _is_asked(ticket, member, set(StepKind))


def _is_asked(ticket: Ticket, member: Member, kinds: set[StepKind]) -> bool:
    """Whether a step of such a kind is, was or will be theirs to decide."""
    return any(
        step.revision == ticket.revision and step.kind in kinds and is_theirs(step, member)
        for step in ticket.steps
    )


def is_theirs(step: TicketStep, member: Member) -> bool:
    """Whether this member is an assignee of the step."""
    return any(assignee.member_id == member.id for assignee in step.assignees)


def what_happened(step: TicketStep) -> str:
    """Who decided this step first, when and where."""
    decided = {
        StepState.APPROVED: _("审核通过"),
        StepState.REJECTED: _("驳回"),
        StepState.EXECUTED: _("处理上线"),
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
    step = states.execute_step(ticket)
    if step is not None and step.state == StepState.EXECUTED and step.decided_by is not None:
        return what_happened(step)
    return _("工单的状态已经变化，你的操作没有生效。")


def too_late(project: Project, ticket: Ticket, sentence: str):
    """Back to the ticket's page, which says what happened first."""
    flash(sentence, "warning")
    return redirect(page_of(project, ticket.number))


def page_of(project: Project, number: int) -> str:
    """The ticket's own page."""
    return url_for("tickets.detail", name=project.name, number=number)


def me() -> Member:
    """The member who is signed in."""
    return current_user._get_current_object()
