"""Every route: who may enter, what a post must bring, and that reading changes nothing."""

import sqlite3

import pytest
from werkzeug.datastructures import MultiDict

from portal.extensions import db
from portal.models import DataSource, DbType, Project, ProjectMember, ProjectRole, Session
from tests.page import Visitor

PUBLIC = {
    "auth.login", "auth.logout", "health.healthz", "metrics.metrics", "static", "bootstrap.static",
}  # fmt: skip
VALUES = {"name": "default", "filename": "app.css"}


def routes(app, method):
    """(endpoint, path) of every route with this method, its parameters filled with 1 or so."""
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        for rule in app.url_map.iter_rules():
            if method in rule.methods:
                values = {name: VALUES.get(name, 1) for name in rule.arguments}
                yield rule.endpoint, adapter.build(rule.endpoint, values, method)


def paths(app, method, prefix="/"):
    return [path for _endpoint, path in routes(app, method) if path.startswith(prefix)]


@pytest.fixture
def foreign(app):
    """A project that nobody belongs to, with a data source; its number 1 is in `default`."""
    with app.app_context():
        default = db.session.query(Project).one()
        other = Project(name="other", title="别的项目")
        db.session.add(other)
        for project in (default, other):
            db.session.add(
                DataSource(
                    project=project,
                    name="db",
                    db_type=DbType.MYSQL,
                    host="db",
                    port=3306,
                )
            )
        db.session.commit()


@pytest.fixture
def member(app, make_member, sign_in, foreign):
    """A browser of somebody who belongs to `default` and manages nothing."""
    person = make_member("zhangsan")
    with app.app_context():
        project = db.session.query(Project).filter_by(name="default").one()
        db.session.add(ProjectMember(project=project, member_id=person.id))
        db.session.commit()
    return sign_in("zhangsan")


def status(visitor, method, path, **kwargs):
    return visitor.client.open(path, method=method, **kwargs).status_code


def test_strangers_are_sent_to_the_sign_in_page_from_everywhere(app, visitor):
    seen = 0
    for endpoint, path in routes(app, "GET"):
        if endpoint in PUBLIC:
            continue
        answer = visitor.client.get(path)
        assert answer.status_code == 302, path
        assert answer.headers["Location"].startswith("/login"), path
        seen += 1
    assert seen > 10


def test_only_these_are_public(app, visitor):
    for endpoint, path in routes(app, "GET"):
        if endpoint == "metrics.metrics":
            assert status(visitor, "GET", path) == 404, "closed without its token"
        elif endpoint in PUBLIC - {"bootstrap.static"}:
            assert status(visitor, "GET", path) == 200, path


def test_a_strangers_post_changes_nothing(app, visitor):
    token = visitor.csrf_token()
    for endpoint, path in routes(app, "POST"):
        if endpoint in PUBLIC:
            continue
        answer = visitor.client.post(path, data={"csrf_token": token})
        assert answer.headers.get("Location") == "/login", path


def test_a_lost_post_is_said_and_leads_back_to_its_page(app, make_member, sign_in):
    make_member("lisi")
    visitor = sign_in("lisi")
    form = visitor.get("/account").form(has="phone")
    with app.app_context():
        db.session.query(Session).delete()
        db.session.commit()
    fields = MultiDict(form.values)
    for referrer, wanted in (
        ("http://localhost/account?a=1", "/login?next=/account?a%3D1"),
        ("https://evil.example/account", "/login"),
        ("http://localhost//evil.example", "/login"),
        ("http://localhost/", "/login"),
    ):
        answer = visitor.client.post("/account", data=fields, headers={"Referer": referrer})
        assert answer.headers["Location"] == wanted, referrer
    page = visitor.get("/login")
    assert page.flashes[0] == ("warning", "登录已失效，刚才的操作没有保存，请重新登录。")


def test_a_post_without_a_token_is_refused(app, visitor, admin):
    found = paths(app, "POST")
    assert len(found) > 8
    for path in found:
        for caller in (visitor, admin):
            assert status(caller, "POST", path) == 400, path
            assert status(caller, "POST", path, data={"csrf_token": "x"}) == 400, path


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_cannot_post(app, admin, site):
    token = admin.csrf_token()
    for path in paths(app, "POST"):
        headers = {"Sec-Fetch-Site": site}
        assert status(admin, "POST", path, data={"csrf_token": token}, headers=headers) == 403
        headers = {"Origin": "https://evil.example"}
        assert status(admin, "POST", path, data={"csrf_token": token}, headers=headers) == 403


def test_settings_are_for_admins(app, member, admin):
    token = member.csrf_token()
    for path in paths(app, "GET", "/settings"):
        assert status(member, "GET", path) == 403, path
        assert status(admin, "GET", path) in {200, 302}, path
    for path in [*paths(app, "POST", "/settings"), "/projects/new"]:
        assert status(member, "POST", path, data={"csrf_token": token}) == 403, path


def test_a_foreign_project_looks_like_none(app, member, admin):
    token = member.csrf_token()
    for method in ("GET", "POST"):
        for path in paths(app, method, "/projects/default"):
            other = path.replace("/projects/default", "/projects/other")
            absent = path.replace("/projects/default", "/projects/absent")
            fields = {"csrf_token": token} if method == "POST" else None
            assert status(member, method, other, data=fields) == 404, other
            assert status(member, method, absent, data=fields) == 404, absent
    assert status(admin, "GET", "/projects/other") == 200


def test_members_who_do_not_manage_a_project_cannot_change_it(app, member):
    token = member.csrf_token()
    kept = ("/projects/default", "/projects/default/flow")
    folders = ("/projects/default/datasources", "/projects/default/rules")
    for path in paths(app, "POST", "/projects/default"):
        if path in kept or path.startswith(folders):
            assert status(member, "POST", path, data={"csrf_token": token}) == 403, path


def test_managers_can_change_their_project(app, make_member, sign_in, foreign):
    person = make_member("lisi")
    with app.app_context():
        project = db.session.query(Project).filter_by(name="default").one()
        db.session.add(
            ProjectMember(project=project, member_id=person.id, role=ProjectRole.MANAGER)
        )
        db.session.commit()
    visitor = sign_in("lisi")
    for path in (
        "/projects/default",
        "/projects/default/flow",
        "/projects/default/rules",
        "/projects/default/datasources/new",
    ):
        assert status(visitor, "GET", path) == 200, path
    assert status(visitor, "GET", "/settings/members") == 403


def test_who_must_change_the_password_can_do_nothing_else(app, make_member, sign_in, foreign):
    make_member("lisi", must_change_password=True)
    visitor = sign_in("lisi")
    token = visitor.csrf_token()
    own = {"account.index", "account.password", "auth.logout"} | PUBLIC
    for method in ("GET", "POST"):
        for endpoint, path in routes(app, method):
            if endpoint in own:
                continue
            fields = {"csrf_token": token} if method == "POST" else None
            answer = visitor.client.open(path, method=method, data=fields)
            assert answer.headers.get("Location", "").startswith("/account"), path


def test_reading_changes_nothing(app, admin, foreign):
    found = [path for endpoint, path in routes(app, "GET") if "static" not in endpoint]
    file = app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///")
    before = _dump(file)
    for _time in range(2):
        for path in found:
            assert status(admin, "GET", path) < 500, path
    assert _dump(file) == before


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_are_refused(admin, method):
    answer = admin.client.open("/settings/members", method=method)
    assert answer.status_code in {400, 405}


def test_every_answer_carries_the_headers(app, admin, visitor):
    for caller in (admin, visitor):
        for path in [*paths(app, "GET"), "/nowhere"]:
            answer = caller.client.get(path)
            for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"):
                assert name in answer.headers, f"{path}: {name}"
            stored = answer.headers.get("Cache-Control", "")
            assert "static" in path or stored == "no-store", f"{path}: {stored}"


def _dump(file: str) -> list[str]:
    with sqlite3.connect(file) as connection:
        return list(connection.iterdump())


def test_every_page_passes_the_page_helper(app, admin, foreign):
    checked = 0
    for endpoint, path in routes(app, "GET"):
        if endpoint in PUBLIC - {"auth.login"}:
            continue
        answer = admin.client.get(path)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            Visitor(app, admin.client).get(path)
            checked += 1
    assert checked > 10
