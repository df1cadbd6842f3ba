"""推送到 Coding: those that were ticked, each once, and 重试 of one that failed."""

from __future__ import annotations

from flask import flash, redirect, request
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints.access import project_member
from portal.blueprints.answers import saved
from portal.blueprints.problems import pausing
from portal.blueprints.problems.action_forms import PushForm
from portal.blueprints.problems.choosing import chosen
from portal.blueprints.problems.filters import FilterForm
from portal.blueprints.problems.listing import Offered, action_url, detail_url, show
from portal.blueprints.problems.views import bp, problem_or_404
from portal.domain import issues, problems
from portal.domain.errors import RuleError
from portal.domain.issues import Pushed
from portal.domain.problems import Change
from portal.extensions import db
from portal.models import Project


@bp.post("/problems/push")
@project_member
def push(project: Project):
    """Queue an issue for each; a chosen assignee becomes that of the problems, too."""
    offered = Offered.of(project)
    form, filters = PushForm.of(project, offered.people), offered.filter_form()
    if form.validate_on_submit():
        try:
            pushed = _push(project, form, filters)
            db.session.commit()
            _say(pushed)
            return redirect(action_url(project, filters, "index", batch=pushed.batch))
        except RuleError as error:
            db.session.rollback()
            form.add_error(error)
            offered = Offered.of(project)
    return show(project, offered, actions=form)


@bp.post("/problems/<int:id>/retry")
@project_member
def retry(project: Project, id: int):
    """Try the issue of a problem again, as it was ordered."""
    problem = problem_or_404(project, id)
    filters = Offered.of(project).filter_form()
    back = action_url(project, filters, "index")
    if request.args.get("from") == "detail":
        back = detail_url(project, id)
    try:
        if problem.issue is None:
            raise RuleError(_("这条 SQL 还没有推送过。"))
        issues.retry(problem.issue, current_user._get_current_object())
        db.session.commit()
        if pausing.pause():
            flash(_("已放回发送队列；CODING 暂停中，恢复后自动推送。"), "warning")
            return redirect(back)
        return saved(back, _("已放回发送队列。"))
    except RuleError as error:
        db.session.rollback()
        flash(error.message, "error")
        return redirect(back)


def _push(project: Project, form: PushForm, filters: FilterForm) -> Pushed:
    actor = current_user._get_current_object()
    found = chosen(project, form, filters)
    wanted = form.assignee_change
    assignee = problems.assignee_named(project, wanted or "")
    problems.change(project, found, Change(assignee=wanted), actor)
    return issues.push(project, found, form.order(assignee), actor)


def _say(pushed: Pushed) -> None:
    parts = []
    if pushed.queued:
        parts.append(_("已加入推送队列 %(n)d 条", n=pushed.queued))
    if pushed.known:
        parts.append(_("%(n)d 条之前已经推送，保留原来的事项，没有重复创建", n=pushed.known))
    if pushed.waiting:
        parts.append(_("%(n)d 条正在推送中", n=pushed.waiting))
    kind = "success" if pushed.queued else "info"
    if (pushed.queued or pushed.waiting) and pausing.pause():
        parts.append(_("CODING 暂停中，恢复后自动推送"))
        kind = "warning"
    flash("；".join(parts) + "。", kind)
