"""The paths, fields and marks of DESIGN §7, to the letter, as an outside program meets them."""

from __future__ import annotations

import pytest
import requests

from tests.contract.outside import Outside, Page, until
from tests.platforms import PLATFORMS

CARDS = "/settings/integrations"
CARD_FIELDS = {
    "dingtalk": "csrf_token enabled app_key app_secret originator phone",
    "feishu": "csrf_token enabled app_id app_secret originator account_type account",
}
LINES = {
    "dingtalk": [
        "address", "credentials", "Workflow.Form.Write", "Workflow.Form.Read",
        "Workflow.Instance.Write", "Workflow.Instance.Read", "qyapi_get_member_by_mobile",
        "qyapi_get_member", "fieldMobile", "template", "url_prefix",
    ],
    "feishu": [
        "address", "credentials", "approval:approval", "approval:approval:readonly",
        "contact:contact.base:readonly", "contact:user.email:readonly",
        "contact:user.employee_id:readonly", "contact:user.id:readonly",
        "contact:user.phone:readonly", "account", "template", "url_prefix",
    ],
}  # fmt: skip
LOOK_UPS = [
    ("dingtalk", {"phone": "13800000002"}),
    ("feishu", {"account_type": "phone", "account": "13800000002"}),
    ("feishu", {"account_type": "email", "account": "lisi@example.com"}),
]
# A permission to take away, as the console shows it, and a line that needs credentials only.
SCOPES = {
    "dingtalk": ("Workflow.Form.Write", "工作流模板写权限", "fieldMobile"),
    "feishu": ("approval:approval", "查看、创建、更新审批应用相关信息", "account"),
}
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
    "/settings/members", "/settings/deliveries", "/settings/records", "/settings/mapping",
)  # fmt: skip
POSTS = [
    "/logout", "/settings/deliveries/1/retry", "/settings/mapping/check",
    *(f"{CARDS}/{name}{act}" for name in CARD_FIELDS for act in (
        "", "/test", "/send-sample", "/withdraw-sample")),
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


def checks(page: Page, provider: str) -> dict[str, str]:
    """Line → result, of the card whose button was pressed."""
    lines = page.soup.select(f"#{provider}-checks [data-check]")
    return {tag["data-check"]: tag["data-result"] for tag in lines}


@pytest.mark.parametrize(("provider", "typed"), LOOK_UPS)
def test_check_lines_are_named_by_scope_and_leave_nothing(demo, tester, provider, typed):
    path = f"{CARDS}/{provider}"
    page = tester.get(CARDS)
    before = len(demo.every_card(provider))
    answer = tester.send(page, path, typed, to=f"{path}/test")
    assert set(typed.items()) <= set(answer.typed(path))
    lines = checks(answer, provider)
    assert list(lines) == LINES[provider]
    assert set(lines.values()) == {"ok"}
    refused = tester.send(page, path, typed | {"app_secret": "wrong"}, to=f"{path}/test")
    scope, title, late = SCOPES[provider]
    found = checks(refused, provider)
    assert (found["address"], found["credentials"], found[late]) == ("ok", "fail", "skipped")
    demo.control("/scopes", provider=provider, revoke=[scope])
    answer = tester.send(page, path, typed, to=f"{path}/test")
    demo.control("/scopes", provider=provider, grant=[scope])
    assert checks(answer, provider) == lines | {scope: "fail"}
    assert title in answer.soup.get_text()
    assert len(demo.every_card(provider)) == before


@pytest.mark.parametrize(
    ("provider", "typed", "line"),
    [
        ("dingtalk", {"phone": ""}, "fieldMobile"),
        ("feishu", {"account_type": "email", "account": ""}, "account"),
    ],
)
def test_nobody_typed_skips_the_line_about_them(tester, provider, typed, line):
    path = f"{CARDS}/{provider}"
    answer = tester.send(tester.get(CARDS), path, typed, to=f"{path}/test")
    assert checks(answer, provider)[line] == "skipped"


def test_an_account_of_nobody_fails_its_line(tester):
    path = f"{CARDS}/feishu"
    typed = {"account_type": "email", "account": "nobody@example.com"}
    found = checks(tester.send(tester.get(CARDS), path, typed, to=f"{path}/test"), "feishu")
    assert (found["account"], found["contact:user.id:readonly"]) == ("fail", "ok")


def test_a_sample_goes_to_whoever_asked_and_is_withdrawn(demo, provider):
    admin, path = demo.person("admin"), f"{CARDS}/{provider}"
    assert admin.get(CARDS).form(f"{path}/send-sample")
    assert admin.bare(f"{path}/send-sample").goes_to.split("#")[0] == CARDS

    def state():
        marks = admin.get(CARDS).soup.select(f"[data-provider={provider}][data-approval]")
        return [tag["data-approval"] for tag in marks]

    until(lambda: state() == ["pending"], "the sample is over there")
    [card] = [one for one in demo.every_card(provider) if "SAMPLE" in str(one["form"])]
    assert {task["user"] for task in card["tasks"]} == {"admin"}
    again = admin.bare(f"{path}/send-sample", follow=True)
    assert again.marks("data-flash") == ["error"]
    rows = admin.get("/settings/deliveries").all("data-provider", provider)
    waiting = [(row["data-action"], row["data-delivery"]) for row in rows][:2]
    assert sorted(waiting) == [("start", "sent"), ("withdraw", "queued")]
    assert admin.bare(f"{path}/withdraw-sample").goes_to.split("#")[0] == CARDS
    until(lambda: state() == ["withdrawn"], "the sample is withdrawn")
    [card] = [one for one in demo.every_card(provider) if one["id"] == card["id"]]
    assert PLATFORMS[provider].outcome(card) == "withdrawn"


def mapped(page: Page) -> dict[str, dict[str, str]]:
    """Member → provider → data-mapping."""
    return {
        row["data-member"]: {
            cell["data-provider"]: cell["data-mapping"] for cell in row.select("[data-mapping]")
        }
        for row in page.all("data-member")
    }


def test_the_people_board_is_marked_and_matches_again(demo):
    admin, path = demo.person("admin"), "/settings/mapping"
    page = admin.get(path)
    assert page.names(f"{path}/check") == {"csrf_token", "member", "provider"}
    everywhere = dict.fromkeys(CARD_FIELDS, "found")
    until(lambda: mapped(admin.get(path))["zhaoliu"] == everywhere, "the demo's people are matched")
    demo.control("/people", people=[{"userid": "zhaoliu", "active": False}])
    try:
        for provider in CARD_FIELDS:
            posted = admin.bare(f"{path}/check", member="zhaoliu", provider=provider)
            assert posted.goes_to.split("?")[0] == path
        missing = dict.fromkeys(CARD_FIELDS, "missing")
        until(lambda: mapped(admin.get(path))["zhaoliu"] == missing, "nobody is there any more")
        assert mapped(admin.get(path))["lisi"] == everywhere
    finally:
        demo.control("/people", people=[{"userid": "zhaoliu", "active": True}])
    assert admin.bare(f"{path}/check", member="", provider="").goes_to == path
    until(lambda: mapped(admin.get(path))["zhaoliu"] == everywhere, "all are matched again")
    refused = admin.bare(f"{path}/check", follow=True, member="nobody", provider="")
    assert refused.marks("data-flash") == ["error"]


def test_a_shared_phone_and_a_member_without_any_are_marked(demo):
    admin, path = demo.person("admin"), "/settings/mapping"
    twin = {"username": "twin", "password": "Given-by-admin-1", "phone": "13800000004"}
    assert admin.submit("/settings/members/new", twin).goes_to == "/settings/members"
    shared = dict.fromkeys(CARD_FIELDS, "shared")
    admin.bare(f"{path}/check", member="", provider="")
    until(lambda: mapped(admin.get(path))["twin"] == shared, "the phone is shared")
    link = next(
        tag["href"] for tag in admin.get(f"{path}?q=twin").soup.find_all("a", string="twin")
    )
    assert admin.submit(link, {"phone": ""}).status == 302
    missing = dict.fromkeys(CARD_FIELDS, "missing")
    until(lambda: mapped(admin.get(path))["twin"] == missing, "there is nothing to find them by")
    admin.bare(f"{path}/check", member="", provider="")
    until(lambda: mapped(admin.get(path))["zhaoliu"] == dict.fromkeys(CARD_FIELDS, "found"), "one")


def test_the_sandbox_marks_platforms_people_and_cards(demo, provider):
    link = demo.asked(demo.file("沙箱的标记"))
    phones = Outside(demo.sandbox).get("/")
    platforms = {tag["data-provider"]: tag for tag in phones.all("data-app-key")}
    assert set(platforms) == set(CARD_FIELDS)
    key = "app_key" if provider == "dingtalk" else "app_id"
    typed = dict(demo.person("admin").get(CARDS).typed(f"{CARDS}/{provider}"))
    assert platforms[provider]["data-app-key"] == typed[key]
    assert platforms[provider]["data-app-secret"]
    people = {tag["data-person"]: tag for tag in phones.all("data-person")}
    assert people["李四"]["data-phone"] == "13800000002"
    assert people["李四"]["data-email"] == "lisi@example.com"
    card_id = demo.card(link, provider)["id"]
    card = people["李四"].find(attrs={"data-card": card_id})
    assert card["data-provider"] == provider
    assert labels(card) >= {"同意", "拒绝", "转交", "评论"}
    own = people["张三"].find(attrs={"data-card": card_id})
    assert "撤销" in labels(own) or provider == "dingtalk"
    assert people["孙七"].find(attrs={"data-card": card_id}) is None


def labels(card) -> set[str]:
    return {tag.get_text(strip=True) for tag in card.select("form button")}


def test_both_providers_cards_stand_at_their_step(demo):
    link = demo.asked(demo.file("两个平台"))
    [step] = demo.ticket(link).all("data-step", "1")
    cards = step.select("[data-provider][data-approval]")
    assert {tag["data-provider"]: tag["data-approval"] for tag in cards} == {
        "dingtalk": "pending", "feishu": "pending",
    }  # fmt: skip
    [following] = demo.ticket(link).all("data-step", "2")
    assert following.select("[data-approval]") == []


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
