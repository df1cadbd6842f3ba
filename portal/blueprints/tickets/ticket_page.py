"""One ticket's page, also when an act on it was refused: every form, the bound one as typed."""

from __future__ import annotations

from flask import abort
from flask_login import current_user

from portal.blueprints.answers import page
from portal.blueprints.forms import PortalForm
from portal.blueprints.tickets import presenters, run_views
from portal.blueprints.tickets.editing_form import ResubmitForm
from portal.blueprints.tickets.forms import ApproveForm, CloseForm, RejectForm, ScheduleForm
from portal.blueprints.tickets.untold import untold
from portal.domain import deliveries, restored, schedules, sent_cards, states
from portal.domain.sent_cards import SentCards
from portal.domain.states import TicketAction
from portal.extensions import db
from portal.models import Project, Ticket, TicketStatus

RUNNABLE = {TicketStatus.WAIT_FOR_EXECUTION, TicketStatus.EXEC_SCHEDULED}


def ticket_or_404(project: Project, number: int) -> Ticket:
    """The project's ticket of this number."""
    ticket = presenters.find(project, number)
    if ticket is None:
        abort(404)
    return ticket


def show(
    project: Project,
    ticket: Ticket,
    refused: PortalForm | None = None,
    audited=(),
    sent: SentCards | None = None,
):
    """The page. refused: the form that was posted and is shown again with its errors.

    audited: what was found in edited SQL that is not filed (yet). sent: its cards, where they
    were read already.
    """
    member = current_user._get_current_object()
    may = {action.value for action in TicketAction if states.can(member, action, ticket)}
    sent = sent or sent_cards.find(ticket)
    tasks = presenters.tasks_of(ticket)
    run = run_views.newest(ticket, tasks)
    steps = presenters.steps_of(ticket, sent, was_run=run is not None and run.has_begun)
    current = steps.get(ticket.revision, [])
    return page(
        "tickets/detail.html",
        refused,
        project=project,
        ticket=ticket,
        may=may,
        forms=_forms(ticket, may, refused),
        open_step=states.open_step(ticket),
        steps=current,
        rejected=next((one for one in current if one.step.state.value == "rejected"), None),
        untold=untold(ticket, sent),
        earlier={revision: steps[revision] for revision in steps if revision != ticket.revision},
        tasks=tasks,
        run=run,
        is_asking=schedules.is_asking(ticket),
        restored=restored.since(ticket) if ticket.status in RUNNABLE else None,
        is_moving=_is_moving(ticket, sent),
        audited=audited,
    )


def _is_moving(ticket: Ticket, sent: SentCards) -> bool:
    """Whether the page is about to change by itself: its SQL runs, or a call is on its way."""
    if ticket.status == TicketStatus.EXECUTING:
        return True
    return any(
        one.state in deliveries.UNFINISHED and not one.last_code
        for provider in sent.enabled
        for calls in sent.of(provider).values()
        for one in calls
    )


def _forms(ticket: Ticket, may: set[str], refused: PortalForm | None) -> dict[str, PortalForm]:
    """The forms that this member may send, by their act."""
    step = states.open_step(ticket)
    makers = {
        "approve": lambda: ApproveForm(None, step=step.id),
        "reject": lambda: RejectForm(None, step=step.id),
        "close": lambda: CloseForm(None),
        "schedule": lambda: ScheduleForm(None),
        "resubmit": lambda: ResubmitForm.shown(ticket),
    }
    bound = {
        ApproveForm: "approve",
        RejectForm: "reject",
        CloseForm: "close",
        ScheduleForm: "schedule",
    }
    forms = {act: make() for act, make in makers.items() if act in may}
    if refused is not None:
        forms[bound.get(type(refused), "resubmit")] = refused
    return forms


def show_again(project: Project, number: int, refused: PortalForm, audited=()):
    """The page after a refused post: from here on it only looks, and holds up no writer."""
    db.session.rollback()
    db.session().read_only()
    return show(project, ticket_or_404(project, number), refused, audited)
