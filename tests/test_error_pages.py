"""Error pages: a sentence, a reference, nothing of the inside."""

import pytest
from sqlalchemy import text

from portal.extensions import db
from portal.kit import clock
from portal.models import Heartbeat


def test_an_unknown_address_says_so_to_everybody(visitor, admin):
    for caller in (visitor, admin):
        page = caller.get("/no/such/page", status=404)
        assert page.h1 == "页面不存在"
        assert page.answer.headers["X-Request-Id"] in page.text


@pytest.mark.parametrize(
    ("method", "path", "status", "h1"),
    [
        ("POST", "/account", 400, "请求有误"),
        ("GET", "/logout", 405, "不支持的操作"),
        ("POST", "/no/such/page", 404, "页面不存在"),
    ],
)
def test_wrong_requests_get_a_page(admin, method, path, status, h1):
    answer = admin.client.open(path, method=method)
    page = admin._arrive(answer, status)
    assert page.h1 == h1


def test_too_much_is_refused(admin):
    answer = admin.client.post("/account", data={"name": "x" * (9 * 1024 * 1024)})
    assert admin._arrive(answer, 413).h1 == "提交的内容过大"


def test_an_unexpected_error_shows_a_reference_and_nothing_else(app, admin):
    def fail():
        raise ValueError("CANARY inside /etc/passwd SELECT 1")

    app.view_functions["account.index"] = fail
    page = admin.get("/account", status=500)
    assert page.h1 == "系统出错了"
    assert page.answer.headers["X-Request-Id"] in page.text
    assert "CANARY" not in page.html
    assert "Traceback" not in page.html


def test_a_broken_database_gets_a_page_and_a_time_to_come_back(app, admin):
    with app.app_context():
        db.session.execute(text("ALTER TABLE session RENAME TO lost"))
        db.session.commit()
    page = admin.get("/account", status=503)
    assert page.h1 == "服务暂时不可用"
    assert page.answer.headers["Retry-After"] == "5"


def test_health_says_when_the_clocks_ticked(app, visitor):
    assert visitor.client.get("/healthz").json == {
        "status": "ok",
        "database": "ok",
        "last_delivery_tick": None,
        "last_sweep": None,
    }
    with app.app_context():
        db.session.add(Heartbeat(name="deliver", at=clock.utc_now(), host="a"))
        db.session.commit()
    answer = visitor.client.get("/healthz").json
    assert answer["last_delivery_tick"].startswith(str(clock.utc_now().year))
    assert answer["last_delivery_tick"].endswith("+00:00")


def test_health_is_503_without_the_database(app, visitor):
    with app.app_context():
        db.session.execute(text("DROP TABLE heartbeat"))
        db.session.commit()
    answer = visitor.client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json == {"status": "error", "database": "error"}
