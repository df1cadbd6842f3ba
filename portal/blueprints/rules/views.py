"""A project's audit rules: members read them, managers change their levels."""

from __future__ import annotations

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints.access import manages, project_manager, project_member
from portal.blueprints.answers import page, saved
from portal.blueprints.rules import wording
from portal.blueprints.rules.forms import RulesForm
from portal.blueprints.rules.listing import CHANGED, RuleFilter, listing_of
from portal.domain import rules
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.models import Project

bp = Blueprint("rules", __name__, url_prefix="/projects/<name>/rules")


@bp.route("", methods=["GET", "POST"])
@project_member
def edit(project: Project):
    """Every rule with its level here and, for managers, the form to change it."""
    can_edit = manages(current_user, project)
    if request.method == "POST" and not can_edit:
        abort(403)
    chosen, states = RuleFilter.of_request(), rules.states_of(project)
    form = RulesForm.of(states) if can_edit else None
    if form is not None and form.validate_on_submit():
        try:
            count = rules.save(project, form.levels(), current_user._get_current_object())
            db.session.commit()
            return saved(_address(project, chosen), _told(count))
        except RuleError as error:
            db.session.rollback()
            form.add_error(error)
    return page(
        "rules/edit.html",
        form,
        project=project,
        chosen=chosen,
        listing=listing_of(states, chosen, form, "all" in request.args),
        level_titles=wording.levels() | {CHANGED: _("已改动")},
        databases=wording.DATABASES,
        databases_of=wording.databases,
        default_of=rules.default_of,
    )


# The filter's form: with a path of its own, one form alone leads to the path of the levels.
bp.add_url_rule("/search", "search", edit, methods=["GET"])


@bp.post("/reset")
@project_manager
def reset(project: Project):
    """恢复默认: every rule as it says itself."""
    rules.reset(project, current_user._get_current_object())
    db.session.commit()
    return saved(url_for(".edit", name=project.name), _("已恢复默认，对之后提交的工单生效。"))


def _address(project: Project, chosen: RuleFilter) -> str:
    endpoint = ".search" if chosen.values else ".edit"
    return url_for(endpoint, name=project.name, **chosen.values)


def _told(count: int) -> str:
    if not count:
        return _("没有改动。")
    return _("已改动 %(n)s 条规则，对之后提交的工单生效。", n=count)
