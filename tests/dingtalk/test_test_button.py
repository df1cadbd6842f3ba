"""DingTalk's lines of 测试联通性, the whole way from the page to the stand-in over real HTTP.

What holds for every platform's button is in tests/settings/test_test_button.py.
"""

from __future__ import annotations

import pytest

from portal.sandbox.seed import DEFAULT_APP_KEY, DEFAULT_APP_SECRET

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


def results(page):
    return {tag["data-check"]: tag["data-result"] for tag in page.select("[data-check]")}


def line(page, name):
    return " ".join(page.one(f'[data-check="{name}"]').get_text(" ").split())


def test_every_line_has_the_consoles_name(admin):
    page = press(admin)
    assert list(results(page)) == [
        "address", "credentials", *PERMISSIONS, "template", "url_prefix",
    ]  # fmt: skip
    for name, title in PERMISSIONS.items():
        assert title in line(page, name)


@pytest.mark.parametrize("scope", list(PERMISSIONS))
def test_a_missing_permission_is_named_as_the_console_shows_it(admin, sandbox, scope):
    sandbox.post("/scopes", revoke=[scope])
    page = press(admin)
    found = results(page)
    failed = [name for name, result in found.items() if result == "fail"]
    assert failed == [scope, "url_prefix"], "the others stay"
    assert PERMISSIONS[scope] in line(page, scope)
    links = page.one(f'[data-check="{scope}"]').select("a")
    if scope != "fieldMobile":  # its code is not documented: no link could be right
        assert links[0]["href"].startswith("https://open-dev.dingtalk.com/appscope/apply?content=")
        assert "noopener" in links[0]["rel"]


def test_nobody_typed_skips_what_needs_somebody(admin):
    page = press(admin, phone="")
    skipped = [name for name, result in results(page).items() if result == "skipped"]
    assert skipped == ["fieldMobile"]
    assert page.one("#dingtalk [name=phone]")["value"] == ""


@pytest.mark.parametrize("phone", ["13999999999", "+44 7400 123456"])
def test_a_phone_of_nobody_is_said(admin, phone):
    page = press(admin, phone=phone)
    found = results(page)
    assert (found["qyapi_get_member_by_mobile"], found["fieldMobile"]) == ("ok", "skipped")
    assert "没有这个手机号的在职员工" in line(page, "qyapi_get_member_by_mobile")
    assert page.one("#dingtalk [name=phone]")["value"] == phone
