"""The pages of tickets: the list, filing, one ticket, its SQL as text."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints.access import manages, project_member
from portal.blueprints.answers import page, saved
from portal.blueprints.forms import posted
from portal.blueprints.paging import before_id
from portal.blueprints.tickets import presenters, warnings
from portal.blueprints.tickets.filters import TABS, FilterForm
from portal.blueprints.tickets.forms import TicketForm
from portal.blueprints.tickets.ticket_page import show, ticket_or_404
from portal.domain import approvals, datasources, filing, flows, rules, ticket_lists, tickets
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.models import Project, Ticket

bp = Blueprint("tickets", __name__, url_prefix="/projects/<name>/tickets")


@bp.get("")
@project_member
def index(project: Project):
    """The project's tickets, newest first."""
    form = FilterForm.of(project)
    return render_template(
        "tickets/index.html",
        project=project,
        form=form,
        listing=ticket_lists.of_project(project, form.filters(), before_id()),
        tabs=_tabs(project, form),
        is_first_page="before" not in request.args,
    )


def _tabs(project: Project, form: FilterForm) -> list[dict]:
    counts = ticket_lists.counts(project)
    titles = {
        "": _("全部"),
        "wait_for_audit": _("待审核"),
        "wait_for_execution": _("待上线"),
        "rejected": _("已驳回"),
        "executing": _("正在上线"),
        "canceled": _("已关闭"),
        "exec_failed": _("上线失败"),
        "finished": _("上线成功"),
    }
    entries = []
    for status, states in TABS.items():
        number = sum(counts.get(state, 0) for state in states)
        entries.append(
            {
                "title": f"{titles[status]} {number}" if number else titles[status],
                "url": form.link(project, status=status),
                "is_current": form.status == status,
            }
        )
    return entries


@bp.route("/new", methods=["GET", "POST"])
@project_member
def new(project: Project):
    """File a ticket."""
    sources = datasources.of(project)
    form = TicketForm.of(sources)
    refused = []
    if form.validate_on_submit():
        try:
            ticket, is_new = _file(project, form)
            # Before the commit: reading them again would take the one writer's place again.
            url = url_for(".detail", name=project.name, number=ticket.number)
            db.session.commit()
            text = _("工单已提交。") if is_new else _("这个表单已经提交过，这是当时创建的工单。")
            return saved(url, text)
        except RuleError as error:
            db.session.rollback()
            form.add_error(error)
            refused = presenters.refused_statements(getattr(error, "audits", []))
    if posted():
        db.session.rollback()
        db.session().read_only()  # a refused post only looks from here on
    member = current_user._get_current_object()
    flow = flows.of(project)
    return page(
        "tickets/new.html",
        form,
        project=project,
        sources=sources,
        flow=flow,
        obstacle=_obstacle(flow),
        warnings=warnings.before_filing(member, flow),
        refused=refused,
        can_edit=manages(member, project),
    )


def _file(project: Project, form: TicketForm) -> tuple[Ticket, bool]:
    """The ticket, and whether this post made it. Raises RuleError."""
    member = current_user._get_current_object()
    source_id, dialect = form.source.id, form.source.db_type.value
    first = filing.by_nonce(member, form.nonce.data)
    if first is not None and first.project_id == project.id:
        return first, False
    if first is not None:  # a form of another project's, sent here by hand
        form.renew_nonce()
    profile = rules.profile_of(project)
    db.session.rollback()  # judging takes up to two seconds: no transaction is open meanwhile
    audit = tickets.audit_sql(form.sql.data, dialect, profile)
    source = datasources.find(project, source_id)
    if source is None:
        raise RuleError(_("请选择数据源。"), "datasource")
    draft = tickets.NewTicket(
        subject=form.subject.data,
        description=form.description.data.strip(),
        nonce=form.nonce.data,
        tasks=[tickets.TaskDraft(source, form.schema.data, form.sql.data, audit)],
    )
    return tickets.submit(project, member, draft), True


def _obstacle(flow) -> str:
    """Why nobody could decide a ticket of this project, as a sentence; empty when all is well."""
    try:
        filing.check_flow(flow)
    except RuleError as error:
        return error.message
    return ""


@bp.get("/<int:number>")
@project_member
def detail(project: Project, number: int):
    """One ticket."""
    ticket = ticket_or_404(project, number)
    approvals.poll_soon(ticket)
    return show(project, ticket)


@bp.get("/<int:number>/sql/<int:task_id>")
@project_member
def sql(project: Project, number: int, task_id: int):
    """A data source's SQL as filed, as a text file."""
    ticket = ticket_or_404(project, number)
    task = next((one for one in ticket.tasks if one.id == task_id), None)
    if task is None:
        abort(404)
    answer = Response(task.sql, mimetype="text/plain")
    file_name = f"{project.name}-{ticket.number}-{task.id}.sql"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return answer
