"""The problems that a press of a button is about: ticked, or all that match the filters."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.blueprints.problems.action_forms import ActionForm
from portal.blueprints.problems.filters import FilterForm
from portal.domain import problem_lists
from portal.domain.errors import RuleError
from portal.domain.problem_lists import MOST_AT_ONCE
from portal.models import ProblemSql, Project


def chosen(project: Project, form: ActionForm, filters: FilterForm) -> list[ProblemSql]:
    """Newest first. Raises RuleError for none and for too many."""
    if form.every.data:
        found = problem_lists.matching(project, filters.filters())
        too_many = len(found) > MOST_AT_ONCE
    else:
        found = problem_lists.ticked(project, form.ids)
        too_many = len(form.ids) > MOST_AT_ONCE
    if too_many:
        raise RuleError(
            _("一次最多处理 %(n)d 条问题 SQL，请用筛选缩小范围后分次处理。", n=MOST_AT_ONCE)
        )
    if not found:
        raise RuleError(_("请先勾选要处理的问题 SQL。"))
    return found
