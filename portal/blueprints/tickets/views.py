"""The pages on which tickets are looked at: the list, and one ticket."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask_babel import gettext as _

from portal.blueprints.access import project_member
from portal.blueprints.paging import before_id
from portal.blueprints.tickets.filters import TABS, FilterForm
from portal.blueprints.tickets.ticket_page import show, ticket_or_404
from portal.domain import approvals, sent_cards, ticket_lists
from portal.models import Project

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
        number = _shown_count([counts.get(state, 0) for state in states])
        entries.append(
            {
                "title": f"{titles[status]} {number}".rstrip(),
                "url": form.link(project, status=status),
                "is_current": form.status == status,
            }
        )
    return entries


def _shown_count(counts: list[int]) -> str:
    """Empty for none; counting has its end."""
    if any(count >= ticket_lists.MOST_COUNTED for count in counts):
        return f"{ticket_lists.MOST_COUNTED - 1}+"
    return str(sum(counts) or "")


@bp.get("/<int:number>")
@project_member
def detail(project: Project, number: int):
    """One ticket."""
    ticket = ticket_or_404(project, number)
    sent = sent_cards.find(ticket)
    approvals.poll_soon(sent.cards)
    return show(project, ticket, sent=sent)
