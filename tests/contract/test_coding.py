"""CODING from outside: its card, the page of problem SQL, and pushes, by DESIGN §7's names."""

from __future__ import annotations

import requests

from tests.contract.outside import Outside, until

CARDS = "/settings/integrations"
CARD = f"{CARDS}/coding"
PROBLEMS = "/projects/shop/problems"


def problem_of(page, table: str):
    """The row of the statement about this table."""
    return next(row for row in page.all("data-problem") if table in row.get_text())


def issues(demo, **asked) -> list[dict]:
    found = requests.get(f"{demo.sandbox}/control/issues", params=asked, timeout=10).json()
    return found["issues"]


def test_the_sandbox_names_its_token(demo):
    [mark] = Outside(demo.sandbox).get("/").all("data-provider", "coding")
    assert mark["data-app-key"] == demo.sandbox
    assert mark["data-app-secret"]


def test_the_card_tests_line_by_line_and_leaves_nothing(demo, tester):
    before = len(issues(demo))
    page = tester.get(CARDS)
    answer = tester.send(page, CARD, {"project_name": "shop"}, to=f"{CARD}/test")
    lines = {
        tag["data-check"]: tag["data-result"]
        for tag in answer.soup.select("#coding-checks [data-check]")
    }
    assert set(lines.values()) == {"ok"}, lines
    assert list(lines)[:2] == ["address", "credentials"]
    refused = tester.send(page, CARD, {"token": "wrong"}, to=f"{CARD}/test")
    found = refused.soup.select_one('#coding-checks [data-check="credentials"]')
    assert found["data-result"] == "fail"
    assert len(issues(demo)) == before


def test_a_changed_address_asks_for_the_token_on_save_and_on_test(tester):
    page = tester.get(CARDS)
    for path in (CARD, f"{CARD}/test"):
        answer = tester.send(page, CARD, {"service_url": "https://x.coding.net"}, to=path)
        assert list(answer.errors) == ["token"]
        assert ("service_url", "https://x.coding.net") in answer.typed(CARD)


def test_a_problem_goes_from_its_ticket_to_one_issue(demo):
    creator = demo.person("zhangsan")
    demo.file("故事：问题 SQL", sql="DELETE FROM coupons;")
    row = problem_of(creator.get(PROBLEMS), "coupons")
    assert not row.get("data-issue")
    fields = {"ids": row["data-problem"], "coding_project": "shop", "type": "MISSION",
              "priority": "EMERGENCY", "assignee": "lisi"}  # fmt: skip
    assert creator.bare(f"{PROBLEMS}/push", **fields).status == 302

    def number() -> str:
        return problem_of(creator.get(PROBLEMS), "coupons").get("data-issue")

    until(number, "the issue has a number")
    [issue] = [one for one in issues(demo) if "coupons" in one["description"]]
    assert str(issue["code"]) == number()
    assert (issue["type"], issue["priority"], issue["assignee_name"]) == ("MISSION", "3", "李四")
    # A second push links, and makes none.
    again = creator.bare(f"{PROBLEMS}/push", follow=True, **fields)
    assert again.status == 200
    assert len([one for one in issues(demo) if "coupons" in one["description"]]) == 1


def test_status_and_assignee_change_for_several_at_once(demo):
    creator = demo.person("zhangsan")
    demo.file("故事：两条", sql="DELETE FROM carts; DELETE FROM wishes;")
    page = creator.get(PROBLEMS)
    ids = [problem_of(page, table)["data-problem"] for table in ("carts", "wishes")]
    answer = creator.bare(f"{PROBLEMS}/status", ids=ids, status="solved", assignee="lisi")
    assert answer.status == 302
    page = creator.get(PROBLEMS)
    for table in ("carts", "wishes"):
        assert "已解决" in problem_of(page, table).get_text()
        assert "李四" in problem_of(page, table).get_text()
    # What comes back after 已解决 is open again, and says so.
    demo.file("故事：又来了", sql="DELETE FROM carts;")
    assert "再次出现" in problem_of(creator.get(PROBLEMS), "carts").get_text()


def test_a_file_of_sql_is_audited_into_the_page(demo):
    creator = demo.person("zhangsan")
    page = creator.get(PROBLEMS)
    pairs = dict(page.typed(f"{PROBLEMS}/upload"))
    file = {"sql_file": ("slow.sql", b"DELETE FROM sessions;", "application/sql")}
    url = f"{demo.portal}{PROBLEMS}/upload"
    answer = creator.session.post(url, pairs, files=file, allow_redirects=False, timeout=30)
    assert answer.status_code == 302
    assert problem_of(creator.get(PROBLEMS), "sessions")
