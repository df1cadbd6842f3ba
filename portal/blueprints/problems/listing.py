"""The page of the list, as it is opened, and as a refused form is shown again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from flask import render_template, request, url_for
from flask_babel import gettext as _

from portal.blueprints import problem_wording
from portal.blueprints.forms import posted, query_text
from portal.blueprints.paging import before_id
from portal.blueprints.problems import pausing
from portal.blueprints.problems.action_forms import ActionForm
from portal.blueprints.problems.filters import FilterForm
from portal.blueprints.problems.forms import UploadForm
from portal.domain import datasources, issues, problem_lists, problems, settings
from portal.domain.problem_lists import MOST_AT_ONCE
from portal.models import DataSource, Member, ProblemStatus, Project


@dataclass(frozen=True)
class Offered:
    """What the forms of the page let choose from. former: have problems, can be given none."""

    sources: list[DataSource]
    people: list[Member]
    former: list[Member]

    @classmethod
    def of(cls, project: Project) -> Offered:
        people = problems.assignable(project)
        present = {one.id for one in people}
        former = [one for one in problem_lists.assignees(project) if one.id not in present]
        return cls(datasources.of(project), people, former)

    def filter_form(self) -> FilterForm:
        return FilterForm.of(self.sources, [*self.people, *self.former])


def show(
    project: Project,
    offered: Offered,
    actions: ActionForm | None = None,
    upload: UploadForm | None = None,
):
    """The list. actions, upload: a form that was refused; it answers 422."""
    filters = offered.filter_form()
    narrowed = filters.filters()
    listing = problem_lists.of_project(project, narrowed, before_id())
    actions = actions or ActionForm.of(project, offered.people)
    upload = upload or UploadForm.of(offered.sources)
    shown = {row.problem.id for row in listing.rows}
    ticked = actions.ids if posted() else []
    batch = query_text("batch", 32)
    html = render_template(
        "problems/index.html",
        project=project,
        filters=filters,
        form=actions,
        upload=upload,
        listing=listing,
        tabs=_tabs(project, filters),
        ticked=set(ticked),
        ticked_elsewhere=[id for id in ticked if id not in shown],
        number=problem_lists.number(project, narrowed),
        most=MOST_AT_ONCE,
        batch=batch,
        progress=issues.progress(project, batch) if batch else None,
        press_url=partial(press_url, project, filters),
        retry_url=lambda id: action_url(project, filters, "retry", id=id),
        is_first_page="before" not in request.args,
        is_enabled=settings.provider_setting(issues.TRACKER).is_enabled,
        pause=pausing.pause_for(project),
        here=filters.link(project, before=before_id(), batch=batch),
        words=problem_wording,
    )
    return (html, 422) if actions.refused or upload.refused else html


def action_url(project: Project, filters: FilterForm, endpoint: str, **values) -> str:
    """Of the list's own: the filters and the page travel along."""
    return filters.link(project, f"problems.{endpoint}", before=before_id(), **values)


def press_url(project: Project, filters: FilterForm, endpoint: str) -> str:
    """Where a button that may act on all that match posts to."""
    return filters.link_as_typed(project, f"problems.{endpoint}", before=before_id())


def detail_url(project: Project, id: int) -> str:
    return url_for("problems.detail", name=project.name, id=id)


def _tabs(project: Project, filters: FilterForm) -> list[dict]:
    counts = problem_lists.counts(project)
    titles = {"": _("全部"), **problem_wording.statuses()}
    numbers = {"": sum(counts.values()), **counts}
    return [
        {
            "title": f"{title} {numbers[status]}" if numbers[status] else title,
            "url": filters.link(project, status=str(status)),
            "is_current": filters.status == status,
        }
        for status, title in titles.items()
        if status == "" or status in set(ProblemStatus)
    ]
