"""Projects: list, new, and who belongs to them."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints.access import (
    admin_required,
    manages,
    project_member,
    visible_projects,
)
from portal.blueprints.answers import page, saved
from portal.blueprints.projects.forms import NewProjectForm, ProjectForm
from portal.domain import flows, projects
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.models import Project

bp = Blueprint("projects", __name__, url_prefix="/projects")


@bp.get("")
def index():
    """The projects that the member can see."""
    found = list(db.session.scalars(visible_projects(current_user)))
    return render_template("projects/index.html", projects=found)


@bp.route("/new", methods=["GET", "POST"])
@admin_required
def new():
    """A new project."""
    form = NewProjectForm.of()
    if form.validate_on_submit():
        try:
            actor = current_user._get_current_object()
            project = projects.create(form.name.data, form.draft(), actor)
            db.session.commit()
            return saved(
                url_for("flows.edit", name=project.name),
                _("项目已创建。请设置审批流程，之后成员才能创建工单。"),
            )
        except RuleError as error:
            db.session.rollback()
            form.add_error(error)
    return page("projects/new.html", form)


@bp.route("/<name>", methods=["GET", "POST"])
@project_member
def edit(project: Project):
    """Title, people and switches: managers edit them, members read them."""
    can_edit = manages(current_user, project)
    if request.method == "POST" and not can_edit:
        abort(403)
    form = ProjectForm.of(project) if can_edit else None
    if form is not None and form.validate_on_submit():
        try:
            projects.change(project, form.draft(), current_user._get_current_object())
            db.session.commit()
            return saved(url_for(".edit", name=project.name))
        except RuleError as error:
            db.session.rollback()
            form.add_error(error)
    return page("projects/edit.html", form, project=project, has_flow=flows.of(project) is not None)
