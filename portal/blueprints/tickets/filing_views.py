"""The page on which a ticket is filed, and its 审核 button, which files nothing."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import OperationalError

from portal.blueprints.access import manages, project_member
from portal.blueprints.answers import page, saved
from portal.blueprints.forms import posted
from portal.blueprints.tickets import warnings
from portal.blueprints.tickets.audited import audited, audits_of
from portal.blueprints.tickets.filing_form import TicketForm
from portal.blueprints.tickets.views import bp
from portal.domain import datasources, filing, flows, tickets
from portal.domain.errors import RuleError
from portal.domain.filing import TaskDraft
from portal.extensions import db
from portal.models import Member, Project, Ticket


@bp.route("/new", methods=["GET", "POST"])
@project_member
def new(project: Project):
    """File a ticket."""
    form = TicketForm.of(datasources.of(project))
    drafts: Sequence[TaskDraft] = ()
    if form.validate_on_submit():
        try:
            ticket, is_new = _file(project, form)
            # Before the commit: reading them again would take the one writer's place again.
            url = url_for(".detail", name=project.name, number=ticket.number)
            _commit(form)
            text = _("工单已提交。") if is_new else _("这个表单已经提交过，这是当时创建的工单。")
            return saved(url, text)
        except RuleError as error:
            db.session.rollback()
            drafts = _note(form, error)
    return _page(project, form, drafts)


def _commit(form: TicketForm) -> None:
    """Where no answer came it may be stored all the same: nobody is told "failed" unasked."""
    member_id = current_user.id
    try:
        db.session.commit()
    except OperationalError:
        db.session.rollback()
        if filing.by_nonce(db.session.get_one(Member, member_id), form.nonce.data) is None:
            raise


@bp.post("/audit")
@project_member
def audit(project: Project):
    """Show what would be found in the SQL as it is typed; nothing is stored."""
    form = TicketForm.of(datasources.of(project), is_final=False)
    drafts: Sequence[TaskDraft] = ()
    if form.validate_on_submit():
        try:
            drafts = _judged(project, form)
        except RuleError as error:
            drafts = _note(form, error)
    return _page(project, form, drafts)


def _note(form: TicketForm, error: RuleError) -> Sequence[TaskDraft]:
    """Put the error beside its fields; answers what was judged, where that is the reason."""
    for one in (error, *getattr(error, "others", ())):
        form.add_error(one)
    return getattr(error, "drafts", ())


def _file(project: Project, form: TicketForm) -> tuple[Ticket, bool]:
    """The ticket, and whether this post made it. Raises RuleError."""
    member = current_user._get_current_object()
    first = filing.by_nonce(member, form.nonce.data)
    if first is not None and first.project_id == project.id:
        return first, False
    if first is not None:  # a form of another project's, sent here by hand
        form.renew_nonce()
    draft = tickets.NewTicket(
        subject=form.subject.data,
        description=form.description.data.strip(),
        nonce=form.nonce.data,
        tasks=_judged(project, form),
    )
    return tickets.submit(project, member, draft), True


def _judged(project: Project, form: TicketForm) -> list[TaskDraft]:
    """What was typed, with its audits. Raises RuleError."""
    shares = form.shares()
    audits = audits_of(project, shares)
    sources = {source.id: source for source in datasources.of(project)}
    for share in shares:
        if share.datasource_id not in sources:  # it was deleted meanwhile
            raise share.refused(_("请选择数据源。"), "datasource")
    return [
        TaskDraft(sources[share.datasource_id], share.schema, share.sql, audit, share.prefix)
        for share, audit in zip(shares, audits, strict=True)
    ]


def _page(project: Project, form: TicketForm, drafts: Sequence[TaskDraft]):
    if posted():
        db.session.rollback()
        db.session().read_only()  # from here on a post only looks
    member = current_user._get_current_object()
    flow = flows.of(project)
    return page(
        "tickets/new.html",
        form,
        project=project,
        has_sources=bool(form.sources),
        flow=flow,
        obstacle=_obstacle(flow),
        warnings=warnings.before_filing(member, project, flow),
        audited=audited(drafts, flow),
        can_edit=manages(member, project),
    )


def _obstacle(flow) -> str:
    """Why nobody could decide a ticket of this project, as a sentence; empty when all is well."""
    try:
        filing.check_flow(flow)
    except RuleError as error:
        return error.message
    return ""
