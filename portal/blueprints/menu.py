"""The sidebar's entries: only pages that exist and that this member may enter."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, g, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints import access
from portal.extensions import db
from portal.kit import phones
from portal.models import Project

# More projects than this are found on the projects page.
CHOOSER_LIMIT = 50
# Blueprints whose cards stand on the 流程对接 page.
INTEGRATIONS = ("dingtalk", "feishu", "coding")


@dataclass(frozen=True)
class Entry:
    """One link. family: the blueprints and endpoints whose pages light it up too."""

    title: str
    icon: str
    endpoint: str
    family: tuple[str, ...]
    project: Project | None = None

    @property
    def url(self) -> str:
        values = {"name": self.project.name} if self.project else {}
        return url_for(self.endpoint, **values)

    @property
    def is_current(self) -> bool:
        return bool({request.endpoint, request.blueprint} & {self.endpoint, *self.family})


class Menu:
    """What the sidebar shows to this member on this page."""

    def __init__(self):
        limited = access.visible_projects(current_user).limit(CHOOSER_LIMIT + 1)
        found = list(db.session.scalars(limited))
        self.projects = found[:CHOOSER_LIMIT]
        self.more_projects = len(found) > CHOOSER_LIMIT
        self.project = self._current()
        self._manages = bool(self.project) and access.manages(current_user, self.project)

    def _current(self) -> Project | None:
        """The page's project, else the one last looked at, else the first."""
        if "project" in g:
            return g.project
        last = session.get("project")
        by_name = {project.name: project for project in self.projects}
        return by_name.get(last) or (self.projects[0] if self.projects else None)

    @property
    def work(self) -> list[Entry]:
        return self._open(
            [
                Entry(_("待我处理"), "inbox", "dashboard.index", ("dashboard",)),
                Entry(_("项目列表"), "folder", "projects.index", ("projects.new",)),
            ]
        )

    @property
    def of_project(self) -> list[Entry]:
        project = self.project
        if project is None:
            return []
        return self._open(
            [
                Entry(_("工单"), "ticket", "tickets.index", ("tickets",), project),
                Entry(_("SQL管控"), "bug", "problems.index", ("problems",), project),
                Entry(_("审批流程模板"), "flow", "flows.edit", ("flows",), project),
                Entry(_("审核规则模板"), "stamp", "rules.edit", ("rules",), project),
                Entry(_("数据源"), "database", "datasources.index", ("datasources",), project),
                Entry(_("成员"), "people", "projects.edit", (), project),
            ]
        )

    @property
    def of_admins(self) -> list[Entry]:
        pages = ("settings", "members", "mapping", "deliveries", "records", "status")
        family = (*pages, *INTEGRATIONS)
        return self._open([Entry(_("系统设置"), "gear", "settings.integrations", family)])

    @property
    def of_settings(self) -> list[Entry]:
        """The tabs of 系统设置."""
        return self._open(
            [
                Entry(_("流程对接"), "", "settings.integrations", INTEGRATIONS),
                Entry(_("全局配置"), "", "settings.portal", ()),
                Entry(_("用户中心"), "", "members.index", ("members",)),
                Entry(_("成员映射"), "", "mapping.index", ("mapping",)),
                Entry(_("对接记录"), "", "deliveries.index", ("deliveries",)),
                Entry(_("操作记录"), "", "records.index", ("records",)),
                Entry(_("系统状态"), "", "status.index", ("status",)),
            ]
        )

    def _open(self, entries: list[Entry]) -> list[Entry]:
        return [entry for entry in entries if self.allows(entry.endpoint)]

    def allows(self, endpoint: str) -> bool:
        """Whether this page exists and lets this member in."""
        if endpoint not in current_app.view_functions:
            return False
        needed = access.access_of(endpoint)
        if needed == "manager":
            return self._manages
        return needed != "admin" or current_user.is_admin


def init_app(app: Flask) -> None:
    """Give templates menu() and the filter `phone`."""
    app.jinja_env.filters["phone"] = lambda number: phones.shown(number) or "-"
    app.context_processor(lambda: {"menu": menu})


def menu() -> Menu:
    """This request's menu, built once. Only base.html asks: error pages need no database."""
    if "menu" not in g:
        g.menu = Menu()
    return g.menu
