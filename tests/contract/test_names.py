"""The paths, fields and marks of DESIGN §7, to the letter, as an outside program meets them."""

from __future__ import annotations

import pytest
import requests

from tests.contract.outside import Outside, Page, until

CARD = "/settings/integrations/dingtalk"
FLOW = {f"steps-{row}-{part}" for row in range(5) for part in ("kind", "assignees", "description")}
FORMS = {
    "/account": "name email phone wechat_id",
    "/settings/global": "url_prefix record_hours",
    "/settings/members/new": "username name password email phone wechat_id role is_enabled",
    "/settings/members/2": "username name password email phone wechat_id role is_enabled",
    "/projects/new": "name title members managers",
    "/projects/shop": "name title members managers",
    "/projects/shop/flow": " ".join({"max_level"} | FLOW),
    "/projects/shop/datasources/new": "name db_type host port username password database",
    "/projects/shop/datasources/1": "name db_type host port username password database",
    "/projects/shop/tickets/new": "subject description datasource schema sql sql_file",
}
PAGES = (
    "/", "/projects", "/projects/shop/datasources", "/projects/shop/tickets",
    "/settings/members", "/settings/deliveries", "/settings/records",
)  # fmt: skip
POSTS = [
    "/logout", CARD, f"{CARD}/test", "/settings/deliveries/1/retry",
    *(f"/projects/shop/tickets/1/{act}" for act in (
        "approve", "reject", "close", "resubmit", "mark-executed", "resend")),
]  # fmt: skip
ROLES = {"admin": "admin"} | dict.fromkeys(
    ("zhangsan", "lisi", "wangwu", "zhaoliu", "sunqi"), "member"
)


def test_the_demo_prints_a_line_for_each_member(demo):
    assert {name: words[2] for name, words in demo.printed.items()} == ROLES
    assert f"Portal: {demo.portal}" in demo.lines


@pytest.mark.parametrize("path", FORMS)
def test_a_form_has_its_fields_and_posts_to_its_own_path(demo, path):
    names = demo.person("admin").get(path).names(path)
    assert names >= {"csrf_token", *FORMS[path].split()}


def test_the_sign_in_form_has_its_fields(demo):
    page = Outside(demo.portal).get("/login")
    assert page.names("/login") == {"csrf_token", "username", "password", "next"}


def test_the_account_page_has_a_password_form(demo):
    """It posts current_password and new_password to /account as well as to its own path."""
    admin = demo.person("admin")
    [form] = admin.get("/account").soup.select("form:has([name=new_password])")
    assert form.find(attrs={"name": "current_password"})
    page = admin.bare("/account", current_password="wrong", new_password="Long-enough-77")
    assert (page.status, list(page.errors)) == (422, ["current_password"])


def test_the_dingtalk_card_holds_its_edit_form_at_once(demo):
    page = demo.person("admin").get("/settings/integrations")
    assert page.names(CARD) == {
        "csrf_token", "enabled", "app_key", "app_secret", "originator", "phone",
    }  # fmt: skip
    assert page.form(CARD).select_one(f"button[type=submit][formaction='{CARD}/test']")
    assert page.form(CARD).find(attrs={"name": "app_secret"}).get("value", "") == ""


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_where_it_should_be(demo, path):
    assert demo.person("admin").get(path, follow=False).status == 200


@pytest.mark.parametrize("path", POSTS)
def test_a_path_for_posts_only_refuses_a_get(demo, path):
    assert demo.person("admin").get(path, follow=False).status == 405


def test_values_of_choices(demo):
    admin = demo.person("admin")

    def offered(path: str, name: str) -> set[str]:
        return {tag["value"] for tag in admin.get(path).form(path).select(f"[name={name}] option")}

    assert offered("/projects/shop/datasources/new", "db_type") == {
        "mysql", "postgresql", "sqlite",
    }  # fmt: skip
    assert offered("/projects/shop/flow", "max_level") == {"normal", "notice", "warn", "error"}
    assert offered("/projects/shop/flow", "steps-0-kind") == {"audit"}
    assert offered("/projects/shop/flow", "steps-4-kind") == {"execute"}
    assert offered("/settings/members/new", "role") == {"admin", "member"}
    assert offered("/projects/shop/tickets/new", "datasource") == {"1"}


def test_health_says_when_it_last_ticked(demo):
    health = requests.get(f"{demo.portal}/healthz", timeout=10)
    assert health.status_code == 200
    assert health.json()["database"] == "ok"
    assert {"last_delivery_tick", "last_sweep"} <= set(health.json())


def checks(page: Page) -> dict[str, str]:
    return {tag["data-check"]: tag["data-result"] for tag in page.all("data-check")}


def test_check_lines_are_named_by_scope_and_leave_nothing(demo):
    admin = demo.person("admin")
    page = admin.get("/settings/integrations")
    lines = checks(admin.send(page, CARD, {"phone": "13800000002"}, to=f"{CARD}/test"))
    assert list(lines) == [
        "address", "credentials", "Workflow.Form.Write", "Workflow.Form.Read",
        "Workflow.Instance.Write", "Workflow.Instance.Read", "qyapi_get_member_by_mobile",
        "qyapi_get_member", "fieldMobile", "template", "url_prefix",
    ]  # fmt: skip
    assert set(lines.values()) == {"ok"}
    refused = checks(admin.send(page, CARD, {"app_secret": "wrong"}, to=f"{CARD}/test"))
    assert (refused["credentials"], refused["fieldMobile"]) == ("fail", "skipped")
    demo.control("/scopes", revoke=["Workflow.Form.Write"])
    answer = admin.send(page, CARD, {}, to=f"{CARD}/test")
    demo.control("/scopes", grant=["Workflow.Form.Write"])
    assert checks(answer)["Workflow.Form.Write"] == "fail"
    assert "工作流模板写权限" in answer.soup.get_text()


def test_the_sandbox_marks_platform_people_and_cards(demo):
    link = demo.asked(demo.file("沙箱的标记"))
    phones = Outside(demo.sandbox).get("/")
    platforms = {tag["data-provider"]: tag for tag in phones.all("data-app-key")}
    platform = platforms["dingtalk"]
    assert platform["data-app-secret"]
    people = {tag["data-person"]: tag for tag in phones.all("data-person")}
    assert people["李四"]["data-phone"] == "13800000002"
    assert people["李四"]["data-email"] == "lisi@example.com"
    card = people["李四"].find(attrs={"data-card": demo.card(link)["id"]})
    buttons = {tag.get_text(strip=True) for tag in card.select("form button")}
    assert buttons >= {"同意", "拒绝", "转交", "评论"}
    until(lambda: Outside(demo.sandbox).get("/").all("data-card"), "the creator's phone has cards")


def test_rows_of_lists_are_marked(demo):
    link = demo.asked(demo.file("列表的标记"))
    admin = demo.person("admin")
    rows = admin.get("/projects/shop/tickets").all("data-status", "wait_for_audit")
    assert any(link in str(row) for row in rows)
    [row] = [
        tag
        for tag in admin.get("/settings/deliveries").all("data-delivery")
        if tag.select_one(f"a[href='{link}']")
    ]
    marks = [row[f"data-{name}"] for name in ("delivery", "provider", "action", "code")]
    assert marks == ["sent", "dingtalk", "start", ""]
    assert admin.get(link).marks("data-task-status") == ["wait_for_audit"]
