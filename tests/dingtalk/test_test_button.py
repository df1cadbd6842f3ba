"""测试联通性: the whole way from the page to the stand-in over real HTTP, line by line."""

from __future__ import annotations

import threading
import time

import pytest

from portal.domain import presses
from portal.extensions import db
from portal.models import ApiUsage, OperationRecord, ProviderSetting
from portal.sandbox.seed import DEFAULT_APP_KEY, DEFAULT_APP_SECRET
from tests.page import Visitor

PATH = "/settings/integrations"
SAVE = "/settings/integrations/dingtalk"
PERMISSIONS = {
    "Workflow.Form.Write": "工作流模板写权限",
    "Workflow.Form.Read": "工作流模板读权限",
    "Workflow.Instance.Write": "工作流实例写权限",
    "Workflow.Instance.Read": "工作流实例读权限",
    "qyapi_get_member_by_mobile": "根据手机号姓名获取成员信息",
    "qyapi_get_member": "成员信息读权限",
    "fieldMobile": "企业员工手机号信息",
}


@pytest.fixture
def environment(sandbox):
    return {
        "DINGTALK_API_URL": sandbox.url,
        "DINGTALK_OAPI_URL": sandbox.url,
        "HTTP_TIMEOUT": "5",
    }


def press(admin, status=200, **values):
    typed = {"app_key": DEFAULT_APP_KEY, "app_secret": DEFAULT_APP_SECRET, "phone": "13800000001"}
    form = admin.get(PATH).form(action=SAVE).fill(**(typed | values))
    return form.send(status, button="测试联通性")


def save(admin, **values):
    typed = {"enabled": True, "app_key": DEFAULT_APP_KEY, "app_secret": DEFAULT_APP_SECRET}
    return admin.get(PATH).form(action=SAVE).fill(**(typed | values)).send(button="提交")


def results(page):
    return {tag["data-check"]: tag["data-result"] for tag in page.select("[data-check]")}


def line(page, name):
    return " ".join(page.one(f'[data-check="{name}"]').get_text(" ").split())


def stored(app):
    with app.app_context():
        return db.session.scalars(db.select(ProviderSetting)).one_or_none()


def test_every_line_is_fine_and_nothing_is_left_behind(app, admin, sandbox):
    """Pitfall 27."""
    admin.get("/settings/global").form(has="url_prefix").fill(
        url_prefix="https://portal.example.com"
    ).send()
    page = press(admin)
    found = results(page)
    assert list(found)[:2] == ["address", "credentials"]
    assert set(PERMISSIONS) <= set(found)
    assert list(found)[-1] == "url_prefix"
    assert set(found.values()) == {"ok"}
    for name, title in PERMISSIONS.items():
        assert title in line(page, name)
    assert sandbox.cards() == []
    assert sandbox.templates() == []
    assert stored(app) is None


def test_the_typed_values_stay_but_the_secret_is_not_shown(admin):
    page = press(admin)
    assert page.path == SAVE + "/test"
    assert page.one("[name=app_key]")["value"] == DEFAULT_APP_KEY
    assert page.one("[name=phone]")["value"] == "13800000001"
    assert DEFAULT_APP_SECRET not in page.html


@pytest.mark.parametrize("scope", list(PERMISSIONS))
def test_a_missing_permission_is_named_as_the_console_shows_it(admin, sandbox, scope):
    sandbox.post("/scopes", revoke=[scope])
    page = press(admin)
    assert results(page)[scope] == "fail"
    assert PERMISSIONS[scope] in line(page, scope)
    links = page.one(f'[data-check="{scope}"]').select("a")
    if scope != "fieldMobile":  # its code is not documented: no link could be right
        assert links[0]["href"].startswith("https://open-dev.dingtalk.com/appscope/apply?content=")
        assert "noopener" in links[0]["rel"]


def test_wrong_credentials_stop_at_their_line(admin):
    found = results(press(admin, app_secret="wrong"))
    assert found["address"] == "ok"
    assert found["credentials"] == "fail"
    assert found["Workflow.Form.Read"] == "skipped"


def test_without_a_url_prefix_the_line_says_so(admin):
    page = press(admin)
    assert results(page)["url_prefix"] == "fail"
    assert "全局配置" in line(page, "url_prefix")


def test_a_loopback_prefix_is_fit_for_a_demo_only(admin):
    admin.get("/settings/global").form(has="url_prefix").fill(url_prefix="http://[::1]:5000").send()
    page = press(admin)
    assert results(page)["url_prefix"] == "ok"
    assert "只能在本机打开" in line(page, "url_prefix")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"app_key": ""}, "app_key"),
        ({"app_secret": ""}, "app_secret"),
        ({"phone": "12"}, "phone"),
        ({"phone": "call me"}, "phone"),
    ],
)
def test_values_that_cannot_be_tested_make_no_call(admin, sandbox, values, field):
    page = press(admin, 422, **values)
    assert list(page.errors) == [field]
    assert results(page) == {}
    assert sandbox.paths() == {}


def test_an_empty_secret_tests_the_stored_one_only_for_the_same_app(app, admin, sandbox):
    save(admin)
    assert results(press(admin, app_secret=""))["credentials"] == "ok"
    before = sandbox.paths()
    page = press(admin, 422, app_key="dingother", app_secret="")
    assert "AppKey 已更改" in page.errors["app_secret"]
    assert sandbox.paths() == before


def test_the_result_is_kept_only_for_the_stored_values(app, admin):
    save(admin)
    press(admin, app_secret="wrong")
    assert stored(app).checks == []
    press(admin, app_secret="")
    kept = stored(app)
    assert kept.checked_at is not None
    assert kept.checks[1]["name"] == "credentials"
    page = admin.get(PATH)
    assert "上次测试结果" in page.text
    assert results(page)["credentials"] == "ok"
    save(admin, app_secret=DEFAULT_APP_SECRET)
    assert stored(app).checks == []


def test_each_press_is_recorded_and_counted(app, admin):
    press(admin, app_secret="wrong")
    press(admin)
    with app.app_context():
        query = db.select(OperationRecord).filter_by(action="provider_tested")
        records = db.session.scalars(query.order_by(OperationRecord.id)).all()
        assert "credentials" in records[0].details["failed"]
        assert records[1].details["failed"] == ["url_prefix"]
        assert records[1].actor.username == "admin"
        assert DEFAULT_APP_SECRET not in str([record.details for record in records])
        assert db.session.scalar(db.select(db.func.sum(ApiUsage.count))) > 0


def test_ten_presses_a_minute_at_most(app, admin, sandbox):
    """ASVS V2.4.1: 30 presses, at most 10 go out."""
    for _n in range(presses.LIMIT):
        press(admin, app_secret="wrong")
    before = sandbox.paths()
    page = press(admin, 429)
    assert "每分钟最多 10 次" in page.errors["form"]
    assert page.one("[name=phone]")["value"] == "13800000001"
    assert sandbox.paths() == before
    with app.app_context():
        db.session.execute(
            db.text("UPDATE portal_setting SET value = '[1.0]' WHERE key LIKE 'presses:%'")
        )
        db.session.commit()
    press(admin)


def test_presses_at_once_are_all_counted(app, admin, sign_in):
    """Two tabs and two nodes share one count."""
    with app.app_context():
        db.session.execute(
            db.text("INSERT INTO portal_setting (key, value) VALUES ('presses:1', :times)"),
            {"times": str([time.time()] * (presses.LIMIT - 1))},
        )
        db.session.commit()
    token = admin.csrf_token()
    fields = {"app_key": DEFAULT_APP_KEY, "app_secret": "wrong", "csrf_token": token}
    tabs = []
    for _n in range(4):
        tab = Visitor(app)
        for name in ("portal",):
            tab.client.set_cookie(name, admin.client.get_cookie(name).value)
        tabs.append(tab)
    statuses = []
    threads = [
        threading.Thread(
            target=lambda tab=tab: statuses.append(
                tab.client.post(SAVE + "/test", data=fields).status_code
            )
        )
        for tab in tabs
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 429, 429, 429]


def test_no_transaction_is_open_while_the_platform_is_asked(app, admin, sandbox):
    """A slow platform must not keep other people from saving."""
    sandbox.fault("accessToken", "delay", seconds=2)
    pressing = threading.Thread(target=press, args=(admin,))
    pressing.start()
    time.sleep(1)
    started = time.monotonic()
    with app.app_context():
        db.session.execute(db.text("UPDATE member SET name = 'x' WHERE username = 'admin'"))
        db.session.commit()
    assert time.monotonic() - started < 0.8
    assert pressing.is_alive()
    pressing.join()


def test_an_unreachable_platform_is_one_failed_line(app, admin):
    app.config["DINGTALK_API_URL"] = app.config["DINGTALK_OAPI_URL"] = "http://127.0.0.1:9"
    found = results(press(admin))
    assert found["address"] == "fail"
    assert found["credentials"] == "skipped"
