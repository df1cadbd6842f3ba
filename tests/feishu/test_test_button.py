"""Feishu's lines of 测试联通性, the whole way from the page to the stand-in over real HTTP.

What holds for every platform's button is in tests/settings/test_test_button.py.
"""

from __future__ import annotations

import pytest

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
EMAIL, PHONE, IDS = (
    "contact:user.email:readonly", "contact:user.phone:readonly", "contact:user.id:readonly",
)  # fmt: skip
BY_PHONE = {"account_type": "phone", "account": "13800000001"}
BY_EMAIL = {"account_type": "email", "account": "zhangsan@example.com"}
# What cannot be told any more without this permission.
UNTOLD = {
    IDS: {"contact:user.employee_id:readonly", EMAIL, PHONE, "account"},
    "contact:contact.base:readonly": {EMAIL, PHONE},
}


@pytest.fixture
def environment(sandbox):
    return {"FEISHU_API_URL": sandbox.url, "HTTP_TIMEOUT": "5"}


def press(admin, status=200, **values):
    typed = {"app_id": FEISHU_APP_ID, "app_secret": FEISHU_APP_SECRET} | BY_PHONE | values
    return admin.get(PATH).form(action=SAVE).fill(**typed).send(status, button="测试联通性")


def results(page):
    lines = page.select("#feishu-checks [data-check]")
    return {tag["data-check"]: tag["data-result"] for tag in lines}


def named(page, result):
    """The lines with this result; the URL prefix is no matter of Feishu's."""
    found = results(page)
    return {name for name in found if found[name] == result and name != "url_prefix"}


def line(page, name):
    return " ".join(page.one(f'#feishu-checks [data-check="{name}"]').get_text(" ").split())


@pytest.mark.parametrize("typed", [BY_PHONE, BY_EMAIL])
def test_every_line_has_the_consoles_name_and_its_means(admin, typed):
    page = press(admin, **typed)
    assert list(results(page)) == [
        "address", "credentials", *PERMISSIONS, "account", "template", "url_prefix",
    ]  # fmt: skip
    assert named(page, "fail") == named(page, "skipped") == set()
    for name, title in PERMISSIONS.items():
        assert title in line(page, name)
        assert len(line(page, name)) > len(f"{title} 通过"), "and by what it was established"
    assert typed["account"] in line(page, "account").replace("+86", "").replace(" ", "")


@pytest.mark.parametrize("typed", [BY_PHONE, BY_EMAIL])
@pytest.mark.parametrize("scope", PERMISSIONS)
def test_a_missing_permission_is_named_and_the_others_stay(admin, sandbox, scope, typed):
    """Pitfall 27."""
    sandbox.post("/scopes", provider="feishu", revoke=[scope])
    page = press(admin, **typed)
    # A person's e-mail is missing either way when it was not what they were found by.
    is_hidden = (scope, typed) in [(EMAIL, BY_PHONE), (PHONE, BY_EMAIL)]
    assert named(page, "fail") == (set() if is_hidden else {scope})
    assert named(page, "skipped") == ({scope} if is_hidden else UNTOLD.get(scope, set()))
    assert PERMISSIONS[scope] in line(page, scope)
    links = page.select("#feishu-checks a")
    if is_hidden:
        assert "没有开通此权限，或该成员没有登记" in line(page, scope)
        assert links == []
        return
    (link,) = links
    assert link.find_parent(attrs={"data-check": scope})
    assert link["href"].startswith(f"https://open.feishu.cn/app/{FEISHU_APP_ID}/auth?q=")
    assert scope in link["href"]
    assert "noopener" in link["rel"]
    for word in (scope, "权限管理", "应用身份", "版本"):
        assert word in line(page, scope)


def test_a_permission_that_waits_for_its_version_is_missing(admin, sandbox):
    sandbox.post("/scopes", provider="feishu", revoke=[IDS])
    sandbox.post("/scopes", provider="feishu", grant=[IDS], published=False)
    page = press(admin)
    assert results(page)[IDS] == "fail"
    assert "创建版本并发布" in line(page, IDS)
    assert results(page)["account"] == "skipped"
    sandbox.post("/scopes", provider="feishu", publish=True)
    page = press(admin)
    assert (results(page)[IDS], results(page)["account"]) == ("ok", "ok")


@pytest.mark.parametrize(
    "typed",
    [
        {"account_type": "phone", "account": "+86 138 0000 0001"},
        {"account_type": "phone", "account": " 138-0000-0001 "},
        {"account_type": "email", "account": "ZhangSan@Example.com"},
        {"account_type": "email", "account": " zhangsan@example.com "},
    ],
)
def test_an_account_is_found_however_it_is_written(admin, typed):
    page = press(admin, **typed)
    assert results(page)["account"] == "ok"
    assert page.form(action=SAVE).values["account"] == typed["account"].strip()


def test_a_phone_of_another_country_is_found(admin, sandbox):
    abroad = {"userid": "zhangsan", "mobile": "7400123456", "state_code": "44"}
    sandbox.post("/people", people=[abroad])
    page = press(admin, account="+44 7400 123456")
    assert results(page)["account"] == "ok"
    assert results(page)[PHONE] == "ok"


@pytest.mark.parametrize(
    ("typed", "change"),
    [
        ({"account_type": "phone", "account": "13999999999"}, {}),
        ({"account_type": "email", "account": "nobody@example.com"}, {}),
        (BY_PHONE, {"in_scope": False}),
        (BY_EMAIL, {"in_scope": False}),
        (BY_PHONE, {"active": False}),
        (BY_EMAIL, {"active": False}),
    ],
)
def test_an_account_that_is_not_found_says_what_it_may_be(admin, sandbox, typed, change):
    """Nobody, out of the contact range and gone look the same: every reason is named."""
    sandbox.post("/people", people=[{"userid": "zhangsan"} | change])
    page = press(admin, **typed)
    assert named(page, "fail") == {"account"}
    assert named(page, "skipped") == {EMAIL, PHONE}
    for word in ("通讯录权限范围", "新版本尚未发布", "企业邮箱", "离职", "创建版本并发布"):
        assert word in line(page, "account")
    assert page.form(action=SAVE).values["account"] == typed["account"]
    assert page.form(action=SAVE).values["account_type"] == typed["account_type"]


def test_who_left_is_named_where_the_app_may_see_it(admin, sandbox):
    body = {"code": 0, "data": {"user_list": [
        {"mobile": "13800000001", "user_id": "ou_1", "status": {"is_resigned": True}},
    ]}}  # fmt: skip
    sandbox.fault("batch_get_id", "status", status=200, body=body)
    page = press(admin)
    assert results(page)["account"] == "fail"
    assert "已离职" in line(page, "account")


@pytest.mark.parametrize("kind", ["phone", "email"])
def test_nobody_typed_skips_what_needs_somebody(admin, kind):
    page = press(admin, account_type=kind, account="")
    assert named(page, "fail") == set()
    assert named(page, "skipped") == {EMAIL, PHONE, "account"}
    assert "没有填写测试账号" in line(page, "account")
    assert page.form(action=SAVE).values["account_type"] == kind


def test_the_way_the_account_is_written_decides_nothing(admin, sandbox):
    """An e-mail under 手机号 is malformed, and nobody is asked."""
    page = press(admin, 422, account_type="phone", account="zhangsan@example.com")
    assert page.errors == {"account": "这不是有效的手机号，例如 13800000000。"}
    page = press(admin, 422, account_type="email", account="13800000001")
    assert list(page.errors) == ["account"]
    assert page.form(action=SAVE).values["account_type"] == "email"
    assert page.form(action=SAVE).values["account"] == "13800000001"
    assert sandbox.paths() == {}


def test_a_post_without_the_kind_means_a_phone(admin):
    fields = {"app_id": FEISHU_APP_ID, "app_secret": FEISHU_APP_SECRET, "account": "13800000001"}
    page = admin.post(f"{SAVE}/test", fields, 200)
    assert results(page)["account"] == "ok"


def test_it_makes_no_call_that_could_change_anything(admin, sandbox):
    press(admin)
    accepted = [
        (call["method"], call["path"])
        for call in sandbox.get("/calls")["calls"]
        if call["code"] == "0"
    ]
    assert {path for method, path in accepted if method != "GET"} == {
        "/open-apis/auth/v3/tenant_access_token/internal",
        "/open-apis/contact/v3/users/batch_get_id",
        "/open-apis/approval/v4/tasks/search",  # it reads, though by a POST
    }
