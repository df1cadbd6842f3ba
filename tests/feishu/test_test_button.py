"""测试联通性: the whole way from the page to the stand-in over real HTTP, line by line."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.models import ApiUsage, ProviderSetting
from portal.sandbox.seed import FEISHU_APP_ID, FEISHU_APP_SECRET

PATH = "/settings/integrations"
SAVE = "/settings/integrations/feishu"
PERMISSIONS = {
    "approval:approval": "查看、创建、更新审批应用相关信息",
    "approval:approval:readonly": "访问审批应用",
    "contact:contact.base:readonly": "获取通讯录基本信息",
    "contact:user.email:readonly": "获取用户邮箱信息",
    "contact:user.employee_id:readonly": "获取用户 UserID",
    "contact:user.id:readonly": "通过手机号或邮箱获取用户 ID",
    "contact:user.phone:readonly": "获取用户手机号",
}


@pytest.fixture
def environment(sandbox):
    return {"FEISHU_API_URL": sandbox.url, "HTTP_TIMEOUT": "5"}


def press(admin, status=200, **values):
    typed = {
        "app_id": FEISHU_APP_ID, "app_secret": FEISHU_APP_SECRET, "account_type": "phone",
        "account": "13800000001",
    }  # fmt: skip
    form = admin.get(PATH).form(action=SAVE).fill(**(typed | values))
    return form.send(status, button="测试联通性")


def lines(page):
    return page.select("#feishu-checks [data-check]")


def results(page):
    return {tag["data-check"]: tag["data-result"] for tag in lines(page)}


def line(page, name):
    return " ".join(page.one(f'#feishu-checks [data-check="{name}"]').get_text(" ").split())


@pytest.mark.parametrize(
    "typed",
    [
        {"account_type": "phone", "account": "13800000001"},
        {"account_type": "email", "account": "zhangsan@example.com"},
    ],
)
def test_every_line_is_fine_and_nothing_is_left_behind(app, admin, sandbox, typed):
    """Pitfall 27."""
    admin.get("/settings/global").form(has="url_prefix").fill(
        url_prefix="https://portal.example.com"
    ).send()
    page = press(admin, **typed)
    found = results(page)
    assert list(found) == ["address", "credentials", *PERMISSIONS, "account", "template",
                           "url_prefix"]  # fmt: skip
    assert set(found.values()) == {"ok"}
    for name, title in PERMISSIONS.items():
        assert title in line(page, name)
    assert typed["account"] in line(page, "account")
    assert sandbox.cards() == []
    assert sandbox.templates() == []
    assert FEISHU_APP_SECRET not in page.html
    with app.app_context():
        assert db.session.scalars(db.select(ProviderSetting)).one_or_none() is None
        used = db.select(db.func.sum(ApiUsage.count)).filter_by(provider="feishu")
        assert db.session.scalar(used) > 5


@pytest.mark.parametrize("scope", list(PERMISSIONS))
def test_a_missing_permission_is_named_as_the_console_shows_it(admin, sandbox, scope):
    sandbox.post("/scopes", provider="feishu", revoke=[scope])
    typed = {}
    if scope == "contact:user.email:readonly":
        typed = {"account_type": "email", "account": "zhangsan@example.com"}
    page = press(admin, **typed)
    assert results(page)[scope] == "fail"
    assert PERMISSIONS[scope] in line(page, scope)
    (link,) = page.one(f'#feishu-checks [data-check="{scope}"]').select("a")
    assert link["href"].startswith(f"https://open.feishu.cn/app/{FEISHU_APP_ID}/auth?q=")
    assert "noopener" in link["rel"]


@pytest.mark.parametrize(
    "typed",
    [
        {"account_type": "email", "account": "nobody@example.com"},
        {"account_type": "phone", "account": "13999999999"},
    ],
)
def test_an_account_that_is_not_found_says_why(admin, typed):
    page = press(admin, **typed)
    assert results(page)["account"] == "fail"
    for word in ("通讯录权限范围", "发布"):
        assert word in line(page, "account")


def test_wrong_credentials_stop_at_their_line(admin):
    found = results(press(admin, app_secret="wrong"))
    assert found["address"] == "ok"
    assert found["credentials"] == "fail"
    assert found["approval:approval"] == "skipped"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"app_id": ""}, "app_id"),
        ({"app_secret": ""}, "app_secret"),
        ({"account": "12"}, "account"),
        ({"account_type": "email", "account": "call me"}, "account"),
    ],
)
def test_values_that_cannot_be_tested_make_no_call(admin, sandbox, values, field):
    page = press(admin, 422, **values)
    assert list(page.errors) == [field]
    assert lines(page) == []
    assert sandbox.paths() == {}


def test_an_unreachable_platform_is_one_failed_line(app, admin):
    app.config["FEISHU_API_URL"] = "http://127.0.0.1:9"
    found = results(press(admin))
    assert found["address"] == "fail"
    assert found["credentials"] == "skipped"
