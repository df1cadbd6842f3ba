"""Looking at a page changes nothing, and a page drawn after a post holds up no writer."""

import pytest
from flask import template_rendered
from sqlalchemy import event

from portal.extensions import db

WRITING = ("INSERT", "UPDATE", "DELETE", "BEGIN IMMEDIATE")
PAGES = [
    "/", "/account", "/login", "/healthz", "/projects", "/projects/new", "/projects/pay",
    "/projects/pay/flow", "/projects/pay/datasources", "/projects/pay/datasources/1",
    "/projects/pay/tickets", "/projects/pay/tickets/new", "/projects/pay/tickets/1",
    "/projects/pay/tickets/1/sql/1", "/projects/pay/tickets/1/audit.csv",
    "/settings", "/settings/integrations", "/settings/global",
    "/settings/members", "/settings/members/new", "/settings/members/2", "/settings/deliveries",
    "/settings/records", "/settings/mapping", "/no/such/page",
]  # fmt: skip


@pytest.fixture
def statements(app):
    found = []
    with app.app_context():
        engine = db.engine

    def note(_connection, _cursor, statement, *_rest):
        found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    return found


@pytest.mark.parametrize("username", ["boss", "lead", "creator"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_looking_writes_nothing(shop, statements, username, method):
    shop.file()
    visitor = shop.sign_in(username)
    statements.clear()
    for path in PAGES:
        assert visitor.client.open(path, method=method).status_code < 500
        assert not [one for one in statements if one.lstrip().startswith(WRITING)], path


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/settings/members/new", {"username": "a b"}),
        ("/settings/members/2", {"phone": "1"}),
        ("/settings/global", {"url_prefix": "x"}),
        ("/settings/integrations/dingtalk", {"enabled": "on"}),
        ("/settings/integrations/dingtalk/test", {"app_key": "x"}),
        ("/settings/integrations/feishu", {"enabled": "on"}),
        ("/settings/integrations/feishu/test", {"app_id": "x", "account": "x"}),
        ("/projects/new", {"name": "A"}),
        ("/projects/pay", {"title": ""}),
        ("/projects/pay/flow", {"max_level": "none"}),
        ("/projects/pay/datasources/new", {"name": ""}),
        ("/projects/pay/tickets/new", {"subject": ""}),
        ("/projects/pay/tickets/audit", {"sql": ""}),
        ("/projects/pay/tickets/1/close", {"reason": ""}),
        ("/account", {"phone": "1"}),
        ("/account/password", {"current_password": "", "new_password": ""}),
    ],
)
def test_a_refused_form_is_drawn_by_a_reader(shop, app, statements, path, fields):
    shop.file()
    visitor = shop.sign_in("boss")
    data = fields | {"csrf_token": visitor.csrf_token()}
    holders = []

    def note(*_facts, **_more):
        last = [one for one in statements if one.startswith(("BEGIN", "COMMIT", "ROLLBACK"))]
        holders.append((last or [""])[-1])

    with app.app_context():
        event.listen(db.engine, "rollback", lambda _connection: statements.append("ROLLBACK"))
    statements.clear()
    with template_rendered.connected_to(note, app):
        assert visitor.client.post(path, data=data).status_code == 422
    assert holders
    assert "BEGIN IMMEDIATE" not in holders
