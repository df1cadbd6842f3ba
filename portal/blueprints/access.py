"""Who may enter which page: everything is closed to strangers unless marked @public."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from flask import Flask, abort, current_app, flash, g, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Select, literal, select
from werkzeug.routing import IntegerConverter

from portal.domain import records
from portal.domain.projects import NAME_RULE
from portal.extensions import db
from portal.kit.headers import SAFE_METHODS
from portal.kit.urls import safe_next, split
from portal.models import Member, Project, ProjectMember, ProjectRole

View = TypeVar("View", bound=Callable)
# Files only: Flask's own and Bootstrap's.
FILES = frozenset({"static", "bootstrap.static"})
# What somebody whose password an admin set may do until it is changed.
UNTIL_PASSWORD_IS_CHANGED = frozenset({"account.index", "account.password", "auth.logout"})


class RowNumber(IntegerConverter):
    """<int:…> in a URL: a number that no database can hold is no page, rather than an error."""

    def __init__(self, url_map, **limits):
        super().__init__(url_map, **{"max": 2**31 - 1} | limits)


def init_app(app: Flask) -> None:
    """Join the guard to the app; before any blueprint, for the sake of the converter."""
    app.url_map.converters["int"] = RowNumber
    app.before_request(_remember_caller)
    app.before_request(_guard)


def public(view: View) -> View:
    """Open this view to strangers."""
    view.access = "public"
    return view


def admin_required(view: View) -> View:
    """Only admins enter; 403 for everybody else."""

    @wraps(view)
    def guarded(*args, **kwargs):
        if not current_user.is_admin:
            abort(403)
        return view(*args, **kwargs)

    guarded.access = "admin"
    return guarded


def project_member(view: View) -> View:
    """The URL's <name> becomes the view's first argument, a Project that the caller can see."""

    @wraps(view)
    def guarded(name: str, **kwargs):
        return view(project_or_404(name), **kwargs)

    guarded.access = "member"
    return guarded


def project_manager(view: View) -> View:
    """As project_member, and 403 for members who do not manage the project."""

    @wraps(view)
    def guarded(name: str, **kwargs):
        project = project_or_404(name)
        if not manages(current_user, project):
            abort(403)
        return view(project, **kwargs)

    guarded.access = "manager"
    return guarded


def access_of(endpoint: str) -> str:
    """public, signed-in, admin, member or manager: what it takes to enter this endpoint."""
    if endpoint in FILES:
        return "public"
    return getattr(current_app.view_functions[endpoint], "access", "signed-in")


def visible_projects(member: Member) -> Select[tuple[Project]]:
    """The projects this member can see, by title. Admins see all."""
    query = select(Project).order_by(Project.title, Project.name)
    if member.is_admin:
        return query
    return query.join(ProjectMember).where(ProjectMember.member_id == member.id)


def project_or_404(name: str) -> Project:
    """The project of this name if the caller can see it; a foreign one looks like none at all."""
    if not NAME_RULE.fullmatch(name):  # NUL, say, which is an error to PostgreSQL
        abort(404)
    query = visible_projects(current_user).where(Project.name == name)
    if current_user.is_admin:
        query = query.add_columns(literal(ProjectRole.MANAGER))
    else:
        query = query.add_columns(ProjectMember.role)
    found = db.session.execute(query).one_or_none()
    if found is None:
        abort(404)
    project, g.project_role = found
    g.project = project
    if session.get("project") != project.name:
        session["project"] = project.name  # what the sidebar shows on pages of no project
    return project


def manages(member: Member, project: Project) -> bool:
    """Whether this member may edit the project: its managers, and every admin."""
    if member.is_admin:
        return True
    if g.get("project") is project and member == current_user:
        return g.project_role == ProjectRole.MANAGER  # read with the project
    query = select(ProjectMember.role).where(
        ProjectMember.project_id == project.id, ProjectMember.member_id == member.id
    )
    return db.session.scalar(query) == ProjectRole.MANAGER


def _remember_caller() -> None:
    records.caller_address.set((request.remote_addr or "")[:64])


def _guard():
    endpoint = request.endpoint
    if endpoint is None or access_of(endpoint) == "public":
        return None  # no such page: the 404 tells a stranger nothing
    wanted = _wanted_page()
    if not current_user.is_authenticated:
        if request.method not in SAFE_METHODS:
            flash(_("登录已失效，刚才的操作没有保存，请重新登录。"), "warning")
        return redirect(url_for("auth.login", next=wanted))
    if current_user.must_change_password and endpoint not in UNTIL_PASSWORD_IS_CHANGED:
        return redirect(url_for("account.index", next=wanted))
    return None


def _wanted_page() -> str | None:
    """Where to go afterwards: this page, or the one that a lost post came from."""
    if request.method in SAFE_METHODS:
        target = request.full_path.removesuffix("?")
    else:
        came_from = split(request.referrer)
        if came_from.netloc != request.host:
            return None
        target = came_from._replace(scheme="", netloc="", fragment="").geturl()
    return None if target == "/" else safe_next(target)
