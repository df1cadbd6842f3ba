"""Odd bytes, odd sizes and foreign ids in every form: a sentence or a 404, never a 500."""

import pytest
from sqlalchemy import event, select

from portal.blueprints.tickets.forms import REASON
from portal.domain import integrations
from portal.extensions import db
from portal.models import OperationRecord, Ticket
from tests.page import Visitor
from tests.platforms import PLATFORMS, addresses

TICKET = "/projects/pay/tickets/1"
PAGES = [
    "/login",
    "/account",
    "/settings/global",
    "/settings/members",
    "/settings/members/new",
    "/settings/members/2",
    "/settings/integrations",
    "/settings/mapping",
    "/settings/records",
    "/settings/deliveries",
    "/projects/new",
    "/projects/pay",
    "/projects/pay/flow",
    "/projects/pay/rules",
    "/projects/pay/datasources/new",
    "/projects/pay/datasources/1",
    "/projects/pay/tickets",
    "/projects/pay/tickets/new",
    TICKET,
    "/projects/pay/tickets/2",
    "/projects/pay/tickets/3",
    "/projects/pay/problems",
    "/projects/pay/problems/1",
]
ODD = {
    "nul": b"a\x00b",
    "lone surrogate": b"\xed\xa0\x80",
    "no utf-8": b"\xff\xfe\x80",
    "controls": b"\x01\x1b[31m\x7f\xc2\x85\r\n\t",
    "turned": "\u202egnp.exe\u2066".encode(),
    "long": b"x" * 1_000_000,
    "many digits": b"9" * 4301,
    "astral": "\U0001f600\U0010ffff".encode(),
    "template": b"{{7*7}}${7*7}%s%(name)s{0}",
}


@pytest.fixture
def environment():
    return dict.fromkeys(addresses(""), "http://127.0.0.1:9")


@pytest.fixture
def forms(app, shop) -> list[tuple[Visitor, str, list[str], bool]]:
    """Every form of every page that somebody is shown: who, where to, its names, whether a GET."""
    with app.test_request_context():
        for one in PLATFORMS.values():
            boss = shop.member("boss")
            integrations.save_provider(one.name, True, one.app_key, one.app_secret, None, boss)
        db.session.commit()
        db.session.remove()
    for status in ("wait_for_audit", "rejected", "wait_for_execution"):
        shop.bring_to(shop.file("UPDATE t SET a = 1"), status)
    found = {}
    for username in ("boss", "lead", "operator", "creator"):
        visitor = shop.sign_in(username)
        for path in PAGES:
            answer = visitor.client.get(path)
            if answer.status_code != 200:
                continue
            for tag in visitor.get(path).select("form"):
                names = [one["name"] for one in tag.select("[name]") if one["name"] != "csrf_token"]
                buttons = [one["formaction"] for one in tag.select("[formaction]")]
                for action in (tag["action"], *buttons):
                    key = (action, tag.get("method"))
                    found.setdefault(key, (visitor, action, names, tag["method"] == "get"))
    posted = {action for action, _method in found}
    assert posted >= {"/settings/mapping/check", *(
        f"/settings/integrations/{name}{act}"
        for name in PLATFORMS for act in ("", "/test", "/send-sample")
    )}  # fmt: skip
    return [one for one in found.values() if one[1] != "/logout"]


@pytest.mark.parametrize("kind", ODD)
def test_odd_bytes_in_every_field(forms, kind, app):
    value, written = ODD[kind], []
    with app.app_context():
        engine = db.engine

    def look(_connection, _cursor, _statement, parameters, *_rest):
        written.append(repr(parameters))

    event.listen(engine, "before_cursor_execute", look)
    for visitor, action, names, is_get in forms:
        fields = dict.fromkeys(names, value)
        if is_get:
            fields = {name: one[:2000] for name, one in fields.items()}
            answer = visitor.client.get(action, query_string=fields)
        else:
            fields["csrf_token"] = visitor.csrf_token()
            answer = visitor.client.post(action, data=fields)
        assert answer.status_code in {200, 302, 403, 404, 413, 422, 429}, (action, kind)
    # A NUL is an error of its own for PostgreSQL: it must be stopped before it gets there.
    assert not [one for one in written if "\\x00" in one]


@pytest.mark.parametrize(
    "path",
    [
        "/projects/%00/tickets",
        "/projects/pay%00/tickets/1",
        "/projects/%ED%A0%80",
        "/projects/pay/tickets/99999999999999999999",
        "/projects/pay/tickets/-1",
        "/projects/pay/tickets/0",
        "/projects/pay/tickets/1/sql/99999999999",
        "/projects/pay/tickets/99999999999999999999/audit.csv",
        "/projects/pay/datasources/2147483648",
        "/projects/pay/problems/0",
        "/projects/pay/problems/99999999999999999999",
        "/projects/pay%00/problems.csv",
        "/settings/members/99999999999999999999",
    ],
)
def test_odd_addresses_are_not_found(shop, app, path):
    shop.file()
    written = []
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *facts: written.append(repr(facts[3])))
    assert shop.sign_in("boss").client.get(path).status_code == 404
    assert not [one for one in written if "\\x00" in one]


@pytest.mark.parametrize("before", ["9" * 19, "9" * 30, "-1", "a", "\x00", "٣"])
def test_odd_page_marks_are_left_aside(shop, before):
    visitor = shop.sign_in("boss")
    lists = ("/projects/pay/tickets", "/projects/pay/problems")
    for path in (*lists, "/settings/records", "/settings/deliveries"):
        assert visitor.client.get(path, query_string={"before": before}).status_code == 200


def test_a_late_decision_keeps_no_more_of_its_reason_than_a_timely_one(shop, app):
    number = shop.file()
    page = shop.visit("lead", number)
    shop.bring_to(number, "second_step")
    for reason in ("x" * 100_000, "a\x00b"):
        page.visitor.post(f"{TICKET}/reject", {"reason": reason, "step": "1"})
    with app.app_context():
        query = select(OperationRecord).filter_by(action="decision_late")
        records = db.session.scalars(query).all()
        assert len(records) == 2
        assert all(len(one.details["reason"]) <= REASON for one in records)
        assert all("\x00" not in one.details["reason"] for one in records)


def test_a_step_of_another_ticket_decides_nothing(shop, app):
    first, second = shop.file(), shop.file()
    lead = shop.sign_in("lead")
    lead.get(f"/projects/pay/tickets/{second}")
    for step in ("4", "5", "0", "-1", "9" * 18, "9" * 30, "９", "\x00"):
        lead.post(f"/projects/pay/tickets/{first}/approve", {"step": step}, status=403)
    with app.app_context():
        assert set(db.session.scalars(select(Ticket.position))) == {1}


def test_a_nonce_is_storable_everywhere(shop, app):
    form = shop.sign_in("creator").get("/projects/pay/tickets/new").form(has="nonce")
    form.values.setlist("nonce", ["a\x00\x01b"])
    form.fill(subject="改状态", sql="SELECT 1").send()
    with app.app_context():
        assert db.session.scalars(select(Ticket.form_nonce)).one() == "ab"
