"""What stands on the pages of both platforms: check lines, samples, the people board, cards."""

from __future__ import annotations

import pytest

from tests.contract.outside import Outside, Page, until
from tests.platforms import PLATFORMS

CARDS = "/settings/integrations"
KEY_FIELDS = {"dingtalk": "app_key", "feishu": "app_id"}
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
    everywhere = dict.fromkeys(KEY_FIELDS, "found")
    until(lambda: mapped(admin.get(path))["zhaoliu"] == everywhere, "the demo's people are matched")
    demo.control("/people", people=[{"userid": "zhaoliu", "active": False}])
    try:
        for provider in KEY_FIELDS:
            posted = admin.bare(f"{path}/check", member="zhaoliu", provider=provider)
            assert posted.goes_to.split("?")[0] == path
        missing = dict.fromkeys(KEY_FIELDS, "missing")
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
    shared = dict.fromkeys(KEY_FIELDS, "shared")
    admin.bare(f"{path}/check", member="", provider="")
    until(lambda: mapped(admin.get(path))["twin"] == shared, "the phone is shared")
    link = next(
        tag["href"] for tag in admin.get(f"{path}?q=twin").soup.find_all("a", string="twin")
    )
    assert admin.submit(link, {"phone": ""}).status == 302
    missing = dict.fromkeys(KEY_FIELDS, "missing")
    until(lambda: mapped(admin.get(path))["twin"] == missing, "there is nothing to find them by")
    admin.bare(f"{path}/check", member="", provider="")
    until(lambda: mapped(admin.get(path))["zhaoliu"] == dict.fromkeys(KEY_FIELDS, "found"), "one")


def test_the_sandbox_marks_platforms_people_and_cards(demo, provider):
    link = demo.asked(demo.file("沙箱的标记"))
    phones = Outside(demo.sandbox).get("/")
    platforms = {tag["data-provider"]: tag for tag in phones.all("data-app-key")}
    assert set(platforms) == {*KEY_FIELDS, "coding"}
    typed = dict(demo.person("admin").get(CARDS).typed(f"{CARDS}/{provider}"))
    assert platforms[provider]["data-app-key"] == typed[KEY_FIELDS[provider]]
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
