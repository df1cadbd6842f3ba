"""The list as a table for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from flask import Flask, current_app, flash, redirect
from flask_babel import gettext as _

from portal.blueprints import problem_wording, tables
from portal.blueprints.access import project_member
from portal.blueprints.problems.filters import not_understood
from portal.blueprints.problems.listing import Offered
from portal.blueprints.problems.views import bp
from portal.domain import problem_lists
from portal.domain.levels import level_titles
from portal.domain.problem_lists import Filters, PushState, Row
from portal.extensions import db
from portal.models import Project
from portal.pages import shown_time

BATCH = 200


@bp.get("/problems.csv")
@project_member
def export(project: Project):
    """With the filters of the list, newest first."""
    form = Offered.of(project).filter_form()
    if not form.is_understood:
        flash(not_understood(), "error")
        return redirect(form.link(project))
    filters = form.filters()
    app = current_app._get_current_object()
    rows = chain([_header()], _rows(app, project.id, filters))
    return tables.file(tables.lines(rows), "text/csv", f"{project.name}-problems.csv")


def _rows(app: Flask, project_id: int, filters: Filters) -> Iterator[list]:
    """Read a batch at a time: between two of them a slow reader holds up no transaction."""
    before, left = None, problem_lists.MOST_ROWS
    while left > 0:
        with app.app_context():
            db.session().read_only()
            project = db.session.get_one(Project, project_id)
            limit = min(BATCH, left)
            listing = problem_lists.of_project(
                project, filters, before, limit, tables.LONGEST_CELL
            )
            cells = list(_cells(listing.rows))
        yield from cells
        before, left = listing.next_before, left - len(cells)
        if before is None:
            return


def _header() -> list[str]:
    return [
        _("编号"),
        "SQL",
        _("数据源"),
        "schema",
        _("来源"),
        _("工单号"),
        _("等级"),
        _("问题"),
        _("出现次数"),
        _("首次出现"),
        _("最近出现"),
        _("状态"),
        _("处理人"),
        _("备注"),
        _("推送状态"),
        _("事项编号"),
        _("事项链接"),
        _("事项进度"),
    ]


def _cells(rows: Iterable[Row]) -> Iterator[list]:
    levels, statuses = level_titles(), problem_wording.statuses()
    sources = problem_wording.sources()
    for row in rows:
        problem = row.problem
        yield [
            problem.id,
            tables.cut(row.sql),
            problem.datasource.name,
            problem.schema,
            sources[problem.source],
            problem.ticket.number if problem.ticket else "",
            levels[problem.level],
            tables.cut("\n".join(one.get("message", "") for one in problem.findings)),
            problem.count,
            shown_time(problem.first_seen_at),
            shown_time(problem.last_seen_at),
            statuses[problem.status],
            problem.assignee.shown_name if problem.assignee else "",
            problem.remark,
            *_issue_cells(problem.issue),
        ]


def _issue_cells(issue) -> list[str]:
    titles = problem_wording.push_states()
    if issue is None:
        return [titles[PushState.NONE], "", "", ""]
    progress = issue.progress_name or problem_wording.progresses()[issue.progress]
    return [titles[PushState(issue.state.value)], issue.number, issue.url, progress]
