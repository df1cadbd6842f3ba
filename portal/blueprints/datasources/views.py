"""A project's data sources: list, new, edit."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints.access import manages, project_manager, project_member
from portal.blueprints.answers import page, saved
from portal.blueprints.datasources.forms import DataSourceForm
from portal.domain import datasources
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.models import Project

bp = Blueprint("datasources", __name__, url_prefix="/projects/<name>/datasources")


@bp.get("")
@project_member
def index(project: Project):
    """What tickets of this project can be for."""
    return render_template(
        "datasources/index.html",
        project=project,
        sources=datasources.of(project),
        can_edit=manages(current_user, project),
    )


@bp.route("/new", methods=["GET", "POST"])
@project_manager
def new(project: Project):
    """A new data source."""
    form = DataSourceForm.of()
    if form.validate_on_submit():
        try:
            datasources.create(project, form.draft(), current_user._get_current_object())
            db.session.commit()
            return saved(url_for(".index", name=project.name), _("数据源已创建。"))
        except RuleError as error:
            db.session.rollback()
            form.add_error(error)
    return page("datasources/edit.html", form, project=project, source=None)


@bp.route("/<int:id>", methods=["GET", "POST"])
@project_manager
def edit(project: Project, id: int):
    """Change a data source."""
    source = datasources.find(project, id)
    if source is None:
        abort(404)
    form = DataSourceForm.of(source)
    if form.validate_on_submit():
        try:
            datasources.change(source, form.draft(), current_user._get_current_object())
            db.session.commit()
            return saved(url_for(".index", name=project.name))
        except RuleError as error:
            db.session.rollback()
            form.add_error(error)
    return page("datasources/edit.html", form, project=project, source=source)
