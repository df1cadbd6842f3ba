"""How the forms behave (DESIGN §7): what they accept, what they say, where they lead."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.contract.outside import Outside, Page

CARDS = "/settings/integrations"
KEY_FIELDS = {"dingtalk": "app_key", "feishu": "app_id"}
SQLITE = {"db_type": "sqlite", "name": "文件"}


@pytest.fixture(scope="module")
def shop(demo) -> Outside:
    """lisi as manager of a project of their own, with zhangsan as member."""
    people = {"name": "forms", "title": "表单", "members": ["zhangsan", "lisi"]}
    page = demo.person("admin").submit("/projects/new", people | {"managers": ["lisi"]})
    assert page.goes_to.startswith("/projects/forms")
    return demo.person("lisi")


def test_a_deep_link_survives_signing_in(demo):
    link = "/projects/shop/tickets/1"
    visitor = Outside(demo.portal)
    page = visitor.get(link)
    assert page.path == "/login"
    wrong = visitor.send(page, "/login", {"username": "zhaoliu", "password": "wrong"})
    assert (wrong.status, list(wrong.errors)) == (422, ["form"])
    assert ("username", "zhaoliu") in wrong.typed("/login")
    password = demo.printed["zhaoliu"][1]
    assert visitor.send(wrong, "/login", {"password": password}).goes_to == link


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_next_leads_nowhere_else(demo, target):
    visitor = Outside(demo.portal)
    page = visitor.get(f"/login?next={quote(target, safe='')}")
    given = {"username": "zhaoliu", "password": demo.printed["zhaoliu"][1]}
    assert visitor.send(page, "/login", given).goes_to == "/"


def test_a_password_that_an_admin_set_is_changed_first(demo):
    given = {"username": "fresh", "password": "Given-by-admin-1", "is_enabled": "y"}
    admin = demo.person("admin")
    short = admin.submit("/settings/members/new", given | {"password": "x", "phone": "12"})
    assert (short.status, set(short.errors)) == (422, {"password", "phone"})
    assert {("username", "fresh"), ("phone", "12")} <= set(short.typed("/settings/members/new"))
    assert admin.submit("/settings/members/new", given).goes_to == "/settings/members"
    fresh = Outside(demo.portal)
    wanted = fresh.get("/projects")
    page = fresh.send(wanted, "/login", {"username": "fresh", "password": given["password"]})
    account = fresh.get(page.goes_to)
    assert account.path == "/account"
    assert fresh.get("/projects").path == "/account"
    action = account.soup.select_one("form:has([name=new_password])")["action"]
    form = {"current_password": given["password"], "new_password": "My-own-choice-2"}
    token = account.soup.find(attrs={"name": "csrf_token"})["value"]
    assert fresh.post(action, form | {"csrf_token": token}).goes_to == "/projects"
    assert fresh.get("/projects").path == "/projects"


def values(page: Page, path: str) -> dict[str, str]:
    """What the form of this path holds, but for its token, which is new on every page."""
    return {name: value for name, value in page.typed(path) if name != "csrf_token"}


def test_an_empty_secret_counts_for_the_same_app_only(demo, provider):
    admin, key, card = demo.person("admin"), KEY_FIELDS[provider], f"{CARDS}/{provider}"
    page = admin.get(CARDS)
    for to in (card, f"{card}/test"):
        refused = admin.send(page, card, {key: "another"}, to=to)
        assert (refused.status, list(refused.errors)) == (422, ["app_secret"])
        assert (key, "another") in refused.typed(card)
    assert admin.send(page, card, {"originator": "admin"}).goes_to == CARDS
    assert ("originator", "admin") in admin.get(CARDS).typed(card)
    assert admin.submit(card, {"originator": "sunqi"}, page=CARDS).status == 302


def test_a_card_refuses_nonsense_beside_its_own_fields(demo, provider):
    admin, key, card = demo.person("admin"), KEY_FIELDS[provider], f"{CARDS}/{provider}"
    page = admin.get(CARDS)
    for changes, field in (
        ({key: ""}, key),
        ({key: "two words", "app_secret": "x"}, key),
        ({"originator": "nobody"}, "originator"),
    ):
        refused = admin.send(page, card, changes)
        assert (refused.status, list(refused.errors)) == (422, [field])
    assert values(admin.get(CARDS), card) == values(page, card), "nothing was changed"


@pytest.mark.parametrize(
    ("provider", "typed"),
    [
        ("dingtalk", {"phone": "12"}),
        ("feishu", {"account_type": "phone", "account": "12"}),
        ("feishu", {"account_type": "email", "account": "13800000001"}),
    ],
)
def test_whom_to_look_for_must_be_a_phone_or_an_email(demo, provider, typed):
    admin, card = demo.person("admin"), f"{CARDS}/{provider}"
    refused = admin.send(admin.get(CARDS), card, typed, to=f"{card}/test")
    assert (refused.status, list(refused.errors)) == (422, [list(typed)[-1]])
    assert set(typed.items()) <= set(refused.typed(card))


def test_switching_off_and_on_keeps_the_app(demo, provider):
    admin, key, card = demo.person("admin"), KEY_FIELDS[provider], f"{CARDS}/{provider}"
    page = admin.get(CARDS)
    before = values(page, card)
    assert admin.send(page, card, {"enabled": None, key: ""}).goes_to == CARDS
    page = admin.get(CARDS)
    off = dict(before)
    on = off.pop("enabled")
    assert values(page, card) == off
    assert admin.send(page, card, {"enabled": on}).goes_to == CARDS
    assert values(admin.get(CARDS), card) == before


ROWS = {
    "only the execute row": ([("execute", "lisi")], None),
    "fewer rows": ([("audit", "lisi", "zhangsan"), ("execute", "lisi")], None),
    "an empty audit row": ([("audit",), ("audit", "lisi"), ("execute", "zhangsan")], None),
    "nobody executes": ([("audit", "lisi"), ("execute",)], "steps-1-assignees"),
    "two execute rows": ([("execute", "lisi"), ("execute", "lisi")], "steps-0-assignees"),
    "execute is not last": ([("execute", "lisi"), ("audit", "lisi")], "steps-1-assignees"),
    "a stranger": ([("audit", "sunqi"), ("execute", "lisi")], "steps-0-assignees"),
    "four people": (
        [("audit", "lisi", "zhangsan", "admin", "sunqi"), ("execute", "lisi")],
        "steps-0-assignees",
    ),
}


@pytest.mark.parametrize("case", ROWS)
def test_flow_rows(shop, case):
    rows, error = ROWS[case]
    fields = {"max_level": "error"}
    for number, (kind, *people) in enumerate(rows):
        fields |= {f"steps-{number}-kind": kind, f"steps-{number}-assignees": people}
    page = shop.bare("/projects/forms/flow", **fields)
    assert (error in page.errors) if error else page.goes_to == "/projects/forms/flow"
    assert page.status in (302, 422)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        (SQLITE | {"database": "../portal.db"}, "database"),
        (SQLITE | {"database": "/etc/passwd"}, "database"),
        (SQLITE | {"database": ""}, "database"),
        (SQLITE | {"db_type": "oracle"}, "db_type"),
        ({"db_type": "mysql", "host": "169.254.169.254", "port": "3306"}, "host"),
        ({"db_type": "mysql", "host": "db.example.com", "port": "x"}, "port"),
    ],
)
def test_data_sources_that_are_refused(shop, fields, error):
    page = shop.submit("/projects/forms/datasources/new", {"name": "库"} | fields)
    assert page.status == 422
    assert error in page.errors


def test_a_data_source_keeps_its_password_for_its_own_place_only(shop):
    given = {"name": "主库", "db_type": "mysql", "host": "db.example.com", "port": "3306"}
    given |= {"username": "portal", "password": "Only-stored-once", "database": "orders"}
    new, listed = "/projects/forms/datasources/new", "/projects/forms/datasources"
    assert shop.submit(new, given).goes_to == listed
    assert shop.submit(new, SQLITE | {"database": "orders.db"}).goes_to == listed
    [link] = [tag["href"] for tag in shop.get(listed).soup.find_all("a", string="主库")]
    page = shop.get(link)
    assert "Only-stored-once" not in page.response.text
    moved = shop.send(page, link, {"host": "other.example.com"})
    assert (moved.status, list(moved.errors)) == (422, ["password"])
    assert shop.send(page, link, {"database": "archive"}).goes_to == listed


def test_who_may_see_and_change_a_project(demo, shop):
    assert demo.person("sunqi").get("/projects/forms/tickets").status == 404
    assert demo.person("zhangsan").get("/projects/forms/tickets").status == 200
    assert demo.person("zhangsan").bare("/projects/forms", title="改名").status == 403
    assert demo.person("zhangsan").get("/settings/global").status == 403
    assert shop.submit("/projects/forms", {"title": "新表单"}).goes_to == "/projects/forms"


def test_what_was_typed_is_kept(demo):
    path = "/projects/shop/tickets/new"
    typed = {"subject": "", "description": "第一行\n第二行", "schema": "s", "sql": "SELECT 'é😀';"}
    page = demo.person("zhangsan").submit(path, typed)
    assert (page.status, list(page.errors)) == (422, ["subject"])
    assert set(typed.items()) <= set(page.typed(path))


def test_a_ticket_of_two_tasks_is_judged_and_then_filed(demo):
    person = demo.person("zhangsan")
    path, button = "/projects/shop/tickets/new", "/projects/shop/tickets/audit"
    page = person.get(path)
    assert page.form(path).select_one(f"button[type=submit][formaction='{button}']")
    typed = {"subject": "两个库", "datasource": "1", "sql": "SELECT 1;"}
    typed |= {"tasks-1-datasource": "1", "tasks-1-schema": "b", "tasks-1-sql": "SELECT FROM WHERE"}
    judged = person.send(page, path, typed, to=button)
    assert (judged.status, judged.errors) == (200, {})
    assert set(typed.items()) <= set(judged.typed(path))
    twice = {"tasks-2-datasource": "1", "tasks-2-schema": "b"}
    assert list(person.send(judged, path, twice).errors) == ["tasks-2-datasource"]
    link = person.send(judged, path, {"tasks-1-sql": ""}).goes_to
    assert person.get(link).marks("data-task-status") == ["wait_for_audit"] * 2
    assert person.get(f"{link}/audit.csv").response.content.startswith(b"\xef\xbb\xbf")
    assert person.submit(f"{link}/close", {"reason": "看过了"}, page=link).goes_to == link


def test_odd_requests(demo):
    person = demo.person("zhangsan")
    path = "/projects/shop/tickets/new"
    assert person.post(path, {"csrf_token": "wrong", "subject": "x"}).status == 400
    assert person.bare(path, sql="x" * 9_000_000).status == 413
    assert person.get("/projects/shop/tickets/999999").status == 404
    assert person.get("/settings/members/999999").status == 403


def test_a_lists_next_page_is_a_link(demo):
    admin = demo.person("admin")
    seen, link = 0, "/settings/records"
    while link:
        page = admin.get(link)
        seen += len(page.soup.select("tbody tr"))
        following = page.soup.select_one("a[rel~=next]")
        link = following and following["href"]
    assert seen >= len(demo.printed)
    assert page.path == "/settings/records"
