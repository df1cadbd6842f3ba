"""A project's approval flow: members read it, managers edit it."""

from __future__ import annotations

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints.access import manages, project_member
from portal.blueprints.answers import page, saved
from portal.blueprints.flows.forms import FlowForm
from portal.domain import flows, projects
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.models import Project

bp = Blueprint("flows", __name__, url_prefix="/projects/<name>/flow")


@bp.route("", methods=["GET", "POST"])
@project_member
def edit(project: Project):
    """The flow as it is and, for managers, the form to change it."""
    can_edit = manages(current_user, project)
    if request.method == "POST" and not can_edit:
        abort(403)
    flow = flows.of(project)
    people = projects.enabled_members(project)
    form = FlowForm.of(flow, people) if can_edit else None
    if form is not None and form.validate_on_submit():
        wrong = _save(project, form)
        if not wrong:
            return saved(url_for(".edit", name=project.name), _("审批流程已保存。"))
        for error in wrong:
            form.add_error(error)
    return page("flows/edit.html", form, project=project, flow=flow, people=people)


def _save(project: Project, form: FlowForm) -> list[RuleError]:
    """Everything that is wrong; nothing when it was saved."""
    try:
        drafts = form.drafts()
    except RuleError as error:
        return [error]
    level = form.max_level.data
    wrong = flows.problems(project, drafts, level)
    if not wrong:
        flows.save(project, drafts, level, current_user._get_current_object())
        db.session.commit()
    return wrong
