"""The paths, fields and marks of DESIGN §7, to the letter, as an outside program meets them."""

from __future__ import annotations

import pytest
import requests

from tests.contract.outside import Outside

CARDS = "/settings/integrations"
CARD_FIELDS = {
    "dingtalk": "csrf_token enabled app_key app_secret originator phone",
    "feishu": "csrf_token enabled app_id app_secret originator account_type account",
}
FLOW = {f"steps-{row}-{part}" for row in range(5) for part in ("kind", "assignees", "description")}
TASK = ("datasource", "schema", "sql", "sql_file")
FILING = ["subject", "description", *TASK]
FILING += [f"tasks-{row}-{part}" for row in range(1, 5) for part in TASK]
FORMS = {
    "/account": "name email phone wechat_id",
    "/settings/global": "url_prefix record_hours",
    "/settings/members/new": "username name password email phone wechat_id role is_enabled",
    "/settings/members/2": "username name password email phone wechat_id role is_enabled",
    "/projects/new": "name title members managers im_execute confirm_schedule coding_project",
    "/projects/shop": "name title members managers im_execute confirm_schedule coding_project",
    "/projects/shop/rules": "rule-select_star rule-change_without_where",
    "/projects/shop/flow": " ".join({"max_level"} | FLOW),
    "/projects/shop/datasources/new": "name db_type host port username password database",
    "/projects/shop/datasources/1": "name db_type host port username password database",
    "/projects/shop/tickets/new": " ".join(FILING),
}
PAGES = (
    "/", "/projects", "/projects/shop/datasources", "/projects/shop/tickets",
    "/projects/shop/problems", "/settings/members", "/settings/deliveries", "/settings/records",
    "/settings/mapping", "/settings/status",
)  # fmt: skip
POSTS = [
    "/logout", "/settings/deliveries/1/retry", "/settings/mapping/check",
    *(f"{CARDS}/{name}{act}" for name in CARD_FIELDS for act in (
        "", "/test", "/send-sample", "/withdraw-sample")),
    "/projects/shop/datasources/1/test", "/projects/shop/datasources/new/test",
    "/projects/shop/rules/reset",
    *(f"/projects/shop/tickets/1/{act}" for act in (
        "approve", "reject", "close", "resubmit", "resubmit/audit", "mark-executed", "resend")),
    "/projects/shop/tickets/audit",
    *(f"/projects/shop/problems/{act}" for act in ("push", "status", "upload", "1/retry")),
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


def test_a_providers_card_holds_its_edit_form_at_once(demo, provider):
    page, path = demo.person("admin").get(CARDS), f"{CARDS}/{provider}"
    assert page.names(path) == set(CARD_FIELDS[provider].split())
    assert page.form(path).select_one(f"button[type=submit][formaction='{path}/test']")
    assert page.form(path).find(attrs={"name": "app_secret"}).get("value", "") == ""


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
    kinds = admin.get(CARDS).form(f"{CARDS}/feishu").select("[name=account_type] option")
    assert {tag["value"] for tag in kinds} == {"email", "phone"}


def test_health_says_when_it_last_ticked(demo):
    health = requests.get(f"{demo.portal}/healthz", timeout=10)
    assert health.status_code == 200
    assert health.json()["database"] == "ok"
    assert {"last_delivery_tick", "last_sweep"} <= set(health.json())


def test_rows_of_lists_are_marked(demo):
    link = demo.asked(demo.file("列表的标记"))
    admin = demo.person("admin")
    rows = admin.get("/projects/shop/tickets").all("data-status", "wait_for_audit")
    assert any(link in str(row) for row in rows)
    rows = [
        tag
        for tag in admin.get("/settings/deliveries").all("data-delivery")
        if tag.select_one(f"a[href='{link}']")
    ]
    names = ("delivery", "provider", "action", "code")
    marks = [[row[f"data-{name}"] for name in names] for row in rows]
    assert sorted(marks) == [["sent", name, "start", ""] for name in sorted(CARD_FIELDS)]
    assert admin.get(link).marks("data-task-status") == ["wait_for_audit"]
