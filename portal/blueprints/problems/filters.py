"""The filters above the list of problem SQL: from the address to a query, and back into links."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.blueprints import problem_wording
from portal.blueprints.forms import Choice, PortalForm, StrippedString
from portal.domain.levels import level_titles
from portal.domain.problem_lists import NOBODY, Filters, PushState
from portal.models import DataSource, Level, Member, ProblemSource, ProblemStatus, Project


class FilterForm(PortalForm):
    """Read from the address; a value that makes no sense gets a sentence and filters nothing.

    Whatever acts on all that match must look at `is_understood` first.
    """

    class Meta:
        csrf = False

    id_prefix = "filter-"

    keyword = StrippedString(_l("SQL 关键字"), length=100)
    level = Choice(_l("等级"), default="")
    source = Choice(_l("来源"), default="")
    datasource = Choice(_l("数据源"), default="")
    assignee = Choice(_l("处理人"), default="")
    push = Choice(_l("推送状态"), default="")

    @classmethod
    def of(cls, sources: list[DataSource], people: list[Member]) -> FilterForm:
        """people: who has a problem, or can be given one."""
        form = cls(request.args)
        every = ("", _("全部"))
        levels = [(level.value, title) for level, title in level_titles().items()]
        form.level.choices = [every, *levels[1:]]
        form.source.choices = [every, *_pairs(problem_wording.sources())]
        form.push.choices = [every, *_pairs(problem_wording.push_states())]
        form.datasource.choices = [every, *((str(one.id), one.name) for one in sources)]
        names = [(one.username, one.shown_name) for one in people]
        form.assignee.choices = [every, (NOBODY, _("未指派")), *names]
        form.validate()
        return form

    @property
    def status(self) -> str:
        wanted = request.args.get("status", "")
        return wanted if wanted in set(ProblemStatus) else ""

    @property
    def is_understood(self) -> bool:
        """Whether each value of the address narrows the list as it says."""
        return not self.errors and self.status == request.args.get("status", "")

    @property
    def is_used(self) -> bool:
        """Whether more than the keyword is filled in, so that the filters stand open."""
        names = ("level", "source", "datasource", "assignee", "push")
        return any(self[name].raw_data and self[name].raw_data[0] for name in names)

    @property
    def is_narrowed(self) -> bool:
        return self.filters() != Filters()

    def filters(self) -> Filters:
        source = self._sound("datasource")
        return Filters(
            status=ProblemStatus(self.status) if self.status else None,
            keyword=self._sound("keyword"),
            level=Level(self._sound("level")) if self._sound("level") else None,
            source=ProblemSource(self._sound("source")) if self._sound("source") else None,
            datasource_id=int(source) if source else None,
            assignee=self._sound("assignee"),
            push=PushState(self._sound("push")) if self._sound("push") else None,
        )

    def link(self, project: Project, endpoint: str = "problems.index", **changed) -> str:
        """An address with these filters, but for what changed."""
        kept = {name: self._sound(name) for name in self._fields} | {"status": self.status}
        return _address(project, endpoint, kept | changed)

    def link_as_typed(self, project: Project, endpoint: str, **changed) -> str:
        """The same, but what is not understood travels along, so that it is refused there."""
        kept = {name: request.args.get(name, "") for name in (*self._fields, "status")}
        return _address(project, endpoint, kept | changed)

    def _sound(self, name: str) -> str:
        return "" if self[name].errors else self[name].data or ""


def not_understood() -> str:
    """What people are told who would act on all that match such filters."""
    return _("筛选条件中有一项已经失效（例如数据源已删除），请重新选择筛选条件。")


def _address(project: Project, endpoint: str, values: dict) -> str:
    wanted = {name: value for name, value in values.items() if value}
    return url_for(endpoint, name=project.name, **wanted)


def _pairs(titles: dict) -> list[tuple[str, str]]:
    return [(str(value), title) for value, title in titles.items()]
