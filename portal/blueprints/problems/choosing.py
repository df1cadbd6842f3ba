"""The problems that a press of a button is about: ticked, or all that match the filters."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.blueprints.problems.action_forms import ActionForm
from portal.blueprints.problems.filters import FilterForm, not_understood
from portal.domain import problem_lists
from portal.domain.errors import RuleError
from portal.domain.problem_lists import MOST_AT_ONCE
from portal.models import ProblemSql, Project


def chosen(project: Project, form: ActionForm, filters: FilterForm) -> list[ProblemSql]:
    """Newest first. Raises RuleError for none, for too many, and for more than were shown."""
    if form.every.data:
        if not filters.is_understood:
            raise RuleError(not_understood())
        found = problem_lists.matching(project, filters.filters())
        too_many = len(found) > MOST_AT_ONCE
    else:
        found = problem_lists.ticked(project, form.ids)
        too_many = len(form.ids) > MOST_AT_ONCE
    if too_many:
        raise RuleError(
            _("一次最多处理 %(n)d 条问题 SQL，请用筛选缩小范围后分次处理。", n=MOST_AT_ONCE)
        )
    if form.every.data and form.shown is not None and len(found) > form.shown:
        text = _(
            "现在符合条件的有 %(n)d 条，多于页面上显示的 %(shown)d 条，没有处理；请核对后再提交。",
            n=len(found),
            shown=form.shown,
        )
        raise RuleError(text)
    if not found:
        raise RuleError(_("请先勾选要处理的问题 SQL。"))
    return found
