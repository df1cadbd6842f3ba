"""A project's data sources: list, new, edit, test."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints.access import manages, project_manager, project_member
from portal.blueprints.answers import page, saved
from portal.blueprints.datasources.forms import DataSourceForm
from portal.domain import datasources, presses, source_check
from portal.domain.errors import RuleError
from portal.domain.provider import Check
from portal.extensions import db
from portal.models import DataSource, Member, Project

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
            datasources.create(project, form.draft(), _me())
            db.session.commit()
            return saved(url_for(".index", name=project.name), _("数据源已创建。"))
        except RuleError as error:
            db.session.rollback()
            form.add_error(error)
    return _form_page(project, None, form)


@bp.route("/<int:id>", methods=["GET", "POST"])
@project_manager
def edit(project: Project, id: int):
    """Change a data source."""
    source = _source_or_404(project, id)
    form = DataSourceForm.of(source)
    if form.validate_on_submit():
        try:
            datasources.change(source, form.draft(), _me())
            db.session.commit()
            return saved(url_for(".index", name=project.name))
        except RuleError as error:
            db.session.rollback()
            form.add_error(error)
    return _form_page(project, source, form)


@bp.post("/new/test")
@project_manager
def test_new(project: Project):
    """测试连接 of what was typed for a new data source."""
    return _test(project, None)


@bp.post("/<int:id>/test")
@project_manager
def test(project: Project, id: int):
    """测试连接 of what was typed for this one; nothing is saved but the record."""
    return _test(project, _source_or_404(project, id))


def _test(project: Project, source: DataSource | None):
    form = DataSourceForm.of(source, is_test=True)
    if not form.validate_on_submit():
        return _form_page(project, source, form)
    try:
        target = datasources.tried(form.draft(), source)
    except RuleError as error:
        form.add_error(error)
        return _form_page(project, source, form)
    if not presses.allow(current_user):
        form.add_error(RuleError(_("测试过于频繁：每分钟最多 10 次，请稍后再试。")))
        return _form_page(project, source, form)[0], 429
    db.session.commit()  # no transaction stays open while the database is asked
    checks = source_check.ask(target)
    source_check.record(project, source, target, checks, _me())
    db.session.commit()
    return _form_page(project, source, form, checks)


def _form_page(
    project: Project,
    source: DataSource | None,
    form: DataSourceForm,
    checks: list[Check] | None = None,
):
    return page(
        "datasources/edit.html",
        form,
        project=project,
        source=source,
        checks=checks,
        is_usable=bool(checks) and source_check.is_usable(checks),
    )


def _source_or_404(project: Project, id: int) -> DataSource:
    source = datasources.find(project, id)
    if source is None:
        abort(404)
    return source


def _me() -> Member:
    return current_user._get_current_object()
