"""Text that somebody typed, or a platform answered, stays text on every page."""

import pytest
from sqlalchemy import String, Text, select, update

from portal.domain import integrations
from portal.extensions import db
from portal.models import (
    Approval,
    ApprovalState,
    Delivery,
    DeliveryState,
    IssueKind,
    IssuePriority,
    IssueState,
    PortalSetting,
    ProblemIssue,
    ProblemSql,
    Ticket,
)
from portal.sandbox.seed import DEFAULT_APPS
from tests.raw_servers import RawServer
from tests.security.hostile import is_a_page, live_through, refuses
from tests.settings.cards import CARDS

EVIL = "\"'><img src=x onerror=alert(1)></script>"
JSON_VALUES = {
    "statement.findings": [{"rule": EVIL, "level": "error", "message": EVIL}],
    "problem_sql.findings": [{"rule": EVIL, "level": "error", "message": EVIL, "english": EVIL}],
    "provider_setting.checks": [
        {
            "name": EVIL, "result": "fail", "title": EVIL, "detail": EVIL, "cure": EVIL,
            "code": EVIL, "apply_url": None,
        }
    ],
    "operation_record.details": {EVIL: EVIL, "reason": [EVIL, {"a": EVIL}]},
}  # fmt: skip
# Their values are words of ours: codes, keys, digests, or what makes up addresses.
OURS = {
    "username", "password_hash", "app_secret_encrypted", "password_encrypted", "id_hash", "key",
    "live_key", "provider", "form_nonce", "sql_digest", "digest", "action", "decided_via",
    "max_level", "app_key", "template_app_key", "reason@app_health", "outcome", "name@project",
    "version_num", "subject@operation_record", "name@heartbeat", "value",
}  # fmt: skip


@pytest.fixture
def poisoned(app, shop):
    """Every column of free text in every table holds markup."""
    with app.test_request_context():
        for provider, (app_key, secret) in DEFAULT_APPS.items():
            integrations.save_provider(
                provider, True, app_key, secret, None, shop.member("boss")
            )
        db.session.commit()
        db.session.remove()
    for status in ("wait_for_audit", "rejected", "canceled", "finished", "wait_for_execution"):
        shop.bring_to(shop.file("SELECT * FROM t; DELETE FROM t; UPDATE t SET a = 1"), status)
    with app.test_request_context():
        _push_problems(shop)
        for provider in DEFAULT_APPS:
            card = db.session.scalars(select(Approval).filter_by(provider=provider)).first()
            card.state, card.live_key, card.external_id = ApprovalState.BROKEN, None, "over-there"
            failed = db.session.scalars(select(Delivery).filter_by(provider=provider)).first()
            failed.state = DeliveryState.FAILED
        for table in db.metadata.sorted_tables:
            values = {
                column.name: EVIL[: getattr(column.type, "length", None)]
                for column in table.columns
                if isinstance(column.type, String | Text) or "LongText" in repr(column.type)
                if not hasattr(column.type, "enums") and not column.foreign_keys
                if not {column.name, f"{column.name}@{table.name}"} & OURS
            }
            values |= {
                name.split(".")[1]: value
                for name, value in JSON_VALUES.items()
                if name.split(".")[0] == table.name.removeprefix("ticket_")
            }
            if values:
                db.session.execute(update(table).values(**values))
        db.session.merge(PortalSetting(key="url_prefix", value=EVIL))
        numbers = list(db.session.scalars(select(Ticket.number)))
        db.session.commit()
        db.session.remove()
    return numbers


def _push_problems(shop) -> None:
    """One is over there, one could not be created, one waits."""
    problems = db.session.scalars(select(ProblemSql).order_by(ProblemSql.id)).all()
    for number, state in enumerate(IssueState):
        db.session.add(
            ProblemIssue(
                problem=problems[number],
                key=f"P-Q{number}",
                tracker="coding",
                app_key="https://team.coding.net",
                project_name="pay",
                kind=IssueKind.DEFECT,
                priority=IssuePriority.LOW,
                batch="one",
                pushed_by_id=shop.member("lead").id,
                state=state,
            )
        )
    db.session.flush()


def test_no_stored_text_becomes_markup(app, poisoned, shop):
    paths = [
        "/", "/account", "/projects", "/projects/pay", "/projects/pay/flow",
        "/projects/pay/rules", "/projects/pay/datasources", "/projects/pay/datasources/1",
        "/projects/pay/tickets", "/projects/pay/tickets/new", "/settings/integrations",
        "/settings/global", "/settings/members", "/settings/members/2", "/settings/deliveries",
        "/settings/records", "/settings/mapping", "/projects/pay/problems",
        *(f"/projects/pay/problems/{id}" for id in (1, 2, 3)),
        *(f"/projects/pay/tickets/{number}" for number in poisoned),
    ]  # fmt: skip
    seen = 0
    for username in ("boss", "lead", "operator", "creator"):
        visitor = shop.sign_in(username)
        for path in paths:
            page = visitor.get(path, status=visitor.client.get(path).status_code)
            assert page.status in {200, 403, 404}
            assert not page.select("img"), path
            assert not [tag for tag in page.soup.find_all(True) if "onerror" in tag.attrs], path
            seen += page.html.count("&lt;img src=x onerror=")
    assert seen > 150


@pytest.mark.parametrize(
    "path",
    [
        "/settings/members?q={}",
        "/settings/members?after={}",
        "/settings/records?actor={}",
        "/settings/deliveries?state={}",
        "/settings/mapping?q={}&after={}",
        "/projects/pay/tickets?keyword={}&creator={}&created_from={}&status={}",
        "/projects/pay/flow?edit={}",
        "/projects/pay/problems?keyword={}&status={}&level={}&push={}&batch={}&assignee={}",
        "/projects/pay/rules?q={}&level={}&db={}",
        "/login?next=/{}",
        "/no/{}",
    ],
)
def test_no_address_becomes_markup(shop, visitor, path):
    visitor = visitor if path.startswith("/login") else shop.sign_in("boss")
    status = visitor.client.get(path.replace("{}", EVIL)).status_code
    page = visitor.get(path.replace("{}", EVIL), status=status)
    assert not page.select("img")
    assert not [tag for tag in page.soup.find_all(True) if "onerror" in tag.attrs]


SAID = {
    "a missing permission": refuses(EVIL),
    "a code of its own": refuses(EVIL, EVIL),
    "wrong credentials": refuses(EVIL, EVIL, gives_tokens=False),
    "a web page": is_a_page(EVIL),
}


@pytest.mark.parametrize("kind", SAID)
def test_no_answer_of_a_platform_becomes_markup(app, shop, kind):
    with RawServer(SAID[kind]) as server:
        pages = live_through(app, shop, shop.sign_in("boss"), server.url, "secret-of-an-app")
    told = 0
    for page in pages:
        assert not page.select("img"), page.path
        tags = page.soup.find_all(True)
        assert not [tag for tag in tags if any(name.startswith("on") for name in tag.attrs)]
        links = [tag["href"] for tag in page.select("a[href]")]
        assert not [link for link in links if not link.startswith(("/", "#", "https://"))]
        told += page.html.count("&lt;img src=x onerror=")
    assert told > len(CARDS), "people read what it said"
