"""A rejected ticket is edited and filed again, or its new SQL only judged."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints.access import project_member
from portal.blueprints.answers import saved
from portal.blueprints.tickets.acting import refused_beforehand
from portal.blueprints.tickets.audited import audited, audits_of
from portal.blueprints.tickets.editing_form import ResubmitForm
from portal.blueprints.tickets.ticket_page import show_again, ticket_or_404
from portal.blueprints.tickets.views import bp
from portal.domain import filing, flows, tickets
from portal.domain.errors import RuleError
from portal.domain.filing import TaskDraft
from portal.domain.states import TicketAction
from portal.extensions import db
from portal.models import Project
from portal.sqlaudit import AuditResult


@bp.post("/<int:number>/resubmit")
@project_member
def resubmit(project: Project, number: int):
    """The creator or an admin edits a rejected ticket: a new revision."""
    return _edit(project, number, is_final=True)


@bp.post("/<int:number>/resubmit/audit")
@project_member
def audit_edited(project: Project, number: int):
    """Show what would be found in the edited SQL; nothing is stored."""
    return _edit(project, number, is_final=False)


def _edit(project: Project, number: int, is_final: bool):
    ticket = ticket_or_404(project, number)
    answer = refused_beforehand(project, ticket, TicketAction.RESUBMIT)
    if answer is not None:
        return answer
    form = ResubmitForm.sent(ticket, is_final)
    if not form.validate_on_submit():
        return show_again(project, number, form)
    try:
        audits = audits_of(project, form.shares(ticket))
        if not is_final:
            return _show(project, number, form, _drafts(project, number, form, audits))
        _resubmit(project, number, form, audits)
        db.session.commit()
    except RuleError as error:
        for one in (error, *getattr(error, "others", ())):
            form.add_error(one)
        return _show(project, number, form, getattr(error, "drafts", ()))
    url = url_for("tickets.detail", name=project.name, number=number)
    return saved(url, _("工单已重新提交。"))


def _resubmit(
    project: Project, number: int, form: ResubmitForm, audits: Sequence[AuditResult]
) -> None:
    tickets.resubmit(
        ticket_or_404(project, number),
        current_user._get_current_object(),
        form.subject.data,
        form.description.data.strip(),
        form.sqls(),
        audits,
    )


def _drafts(
    project: Project, number: int, form: ResubmitForm, audits: Sequence[AuditResult]
) -> list[TaskDraft]:
    return filing.edited(ticket_or_404(project, number), form.sqls(), audits)


def _show(project: Project, number: int, form: ResubmitForm, drafts: Sequence[TaskDraft]):
    db.session.rollback()
    return show_again(project, number, form, audited(drafts, flows.of(project)))
