"""The pages on which problem SQL is looked at: the list, and one problem."""

from __future__ import annotations

from flask import Blueprint, abort
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints import problem_wording
from portal.blueprints.access import project_member
from portal.blueprints.answers import page, saved
from portal.blueprints.problems import pausing
from portal.blueprints.problems.action_forms import ActionForm
from portal.blueprints.problems.forms import ProblemForm
from portal.blueprints.problems.listing import Offered, detail_url, show
from portal.domain import issues, problem_lists, problems, settings
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.models import ProblemSql, Project

bp = Blueprint("problems", __name__, url_prefix="/projects/<name>")


@bp.get("/problems")
@project_member
def index(project: Project):
    """The project's problem SQL, newest first."""
    return show(project, Offered.of(project))


@bp.route("/problems/<int:id>", methods=["GET", "POST"])
@project_member
def detail(project: Project, id: int):
    """One problem: whole, and what people make of it."""
    problem = problem_or_404(project, id)
    people = problems.assignable(project)
    form = ProblemForm.of(problem, people)
    if form.validate_on_submit():
        try:
            actor = current_user._get_current_object()
            problems.change(project, [problem], form.change(problem), actor)
            db.session.commit()
            return saved(detail_url(project, id))
        except RuleError as error:
            db.session.rollback()
            form.add_error(error)
    return page(
        "problems/detail.html",
        form,
        project=project,
        problem=problem_or_404(project, id),
        push=ActionForm.of(project, people),
        pause=pausing.pause_for(project),
        is_enabled=settings.provider_setting(issues.TRACKER).is_enabled,
        words=problem_wording,
        title=_("问题 SQL #%(id)d", id=id),
    )


def problem_or_404(project: Project, id: int) -> ProblemSql:
    """The project's problem; another project's looks like none."""
    problem = problem_lists.find(project, id)
    if problem is None:
        abort(404)
    return problem
