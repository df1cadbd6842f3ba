"""Tickets from outside: states, steps and cards by their marks (DESIGN §4 and §7)."""

from __future__ import annotations

from tests.contract.outside import Page, until
from tests.platforms import PLATFORMS

MARKS = ("data-step", "data-state", "data-decided-by", "data-via")


def steps(page: Page) -> list[tuple]:
    """(position, state, by whom, via) of each step."""
    return [tuple(tag.get(mark) for mark in MARKS) for tag in page.all("data-step")]


def test_agreed_over_there_then_in_the_portal_then_marked_as_run(demo, provider, other):
    link = demo.asked(demo.file("故事：三处"))
    demo.phone("李四", link, "同意", provider)
    until(lambda: steps(demo.ticket(link))[1][1] == "open", "the second step opens")
    assert demo.person("wangwu").bare(f"{link}/approve").goes_to == link
    assert demo.status(link) == "wait_for_execution"
    demo.asked(link)
    assert demo.person("zhangsan").bare(f"{link}/mark-executed").status == 403
    assert demo.person("sunqi").bare(f"{link}/mark-executed").goes_to == link
    page = demo.ticket(link)
    assert page.marks("data-status")[0] == "finished"
    assert steps(page) == [
        ("1", "approved", "lisi", provider),
        ("2", "approved", "wangwu", "portal"),
        ("3", "executed", "sunqi", "portal"),
    ]
    # The execute step was asked, too; done by hand, its cards are withdrawn.
    assert demo.cards(link, provider) == ["approved", "superseded", "superseded"]
    assert demo.cards(link, other) == ["superseded", "superseded", "superseded"]
    for name in PLATFORMS:
        until(lambda one=name: demo.outcome(link, one) == "withdrawn", f"{name} is told")
    late = demo.person("sunqi").bare(f"{link}/mark-executed", follow=True)
    assert late.marks("data-flash") == ["warning"]


def test_agreed_over_there_it_goes_online_and_says_so(demo, provider):
    """The execute step's card runs the SQL on the demo's own data source."""
    link = demo.asked(demo.file("故事：上线"))
    for person in ("lisi", "zhaoliu"):
        assert demo.person(person).bare(f"{link}/approve").goes_to == link
    assert demo.status(link) == "wait_for_execution"
    demo.asked(link)
    demo.phone("孙七", link, "同意", provider)
    until(lambda: demo.status(link) == "finished", "its SQL has run")
    page = demo.ticket(link)
    assert steps(page)[2] == ("3", "executed", "sunqi", provider)
    assert page.marks("data-task-status") == ["finished"]


def test_the_other_platforms_card_is_finished_by_the_same_person(demo, provider, other):
    link = demo.asked(demo.file("故事：两处"))
    before = demo.card(link, other)["id"]
    demo.phone("李四", link, "同意", provider)
    until(lambda: steps(demo.ticket(link))[0][1] == "approved", "the decision counts")

    def ended():
        cards = [one for one in demo.every_card(other) if one["id"] == before]
        return PLATFORMS[other].outcome(cards[0]) == "approved" and cards[0]

    card = until(ended, "the other card is finished")
    assert "lisi" in [line["user"] for line in card["records"]]
    assert demo.person("zhangsan").bare(f"{link}/close", reason="只是故事").goes_to == link


def test_refused_resubmitted_and_refused_over_there_then_closed(demo, provider, other):
    creator, approver = demo.person("zhangsan"), demo.person("lisi")
    link = demo.asked(demo.file("故事：驳回"))
    for path in ("reject", "close"):
        who = approver if path == "reject" else creator
        refused = who.bare(f"{link}/{path}", reason=" ")
        assert (refused.status, list(refused.errors)) == (422, ["reason"])
    assert demo.person("zhaoliu").bare(f"{link}/approve").status == 403
    assert approver.bare(f"{link}/reject", reason="缺索引").goes_to == link
    assert steps(demo.ticket(link)) == [
        ("1", "rejected", "lisi", "portal"),
        ("2", "skipped", None, None),
        ("3", "skipped", None, None),
    ]
    first = {name: demo.card(link, name)["id"] for name in PLATFORMS}
    for name in PLATFORMS:
        until(lambda one=name: demo.outcome(link, one) == "rejected", "pitfall 2: it ends there")
    changes = {"subject": "故事：改过", "description": "加了索引", "sql": "SELECT 2;"}
    empty = creator.submit(f"{link}/resubmit", changes | {"subject": ""}, page=link)
    assert (empty.status, list(empty.errors)) == (422, ["subject"])
    assert ("sql", "SELECT 2;") in empty.typed(f"{link}/resubmit")
    assert creator.submit(f"{link}/resubmit", changes, page=link).goes_to == link
    demo.asked(link)
    assert demo.card(link, provider)["id"] != first[provider]
    demo.phone("王五", link, "拒绝", provider, remark="再想想")
    until(lambda: demo.status(link) == "rejected", f"refused in {provider}")
    page = demo.ticket(link)
    assert steps(page)[0] == ("1", "rejected", "wangwu", provider)
    assert "再想想" in page.soup.get_text()
    until(lambda: demo.outcome(link, other) == "rejected", f"{other} is told")
    assert creator.bare(f"{link}/close", reason="不做了").goes_to == link
    assert demo.status(link) == "canceled"


def test_closing_withdraws_the_cards_with_the_reason(demo):
    """Pitfall 1."""
    link = demo.asked(demo.file("故事：关闭"))
    assert demo.person("sunqi").bare(f"{link}/close", reason="x").status == 403
    assert demo.person("zhangsan").bare(f"{link}/close", reason="窗口取消").goes_to == link
    for name in PLATFORMS:
        until(lambda one=name: demo.outcome(link, one) == "withdrawn", f"withdrawn in {name}")
        assert "窗口取消" in str(demo.card(link, name))
        assert demo.cards(link, name) == ["superseded"]


def test_withdrawn_over_there_goes_back_to_its_creator(demo, provider, other):
    """Pitfall 4."""
    link = demo.asked(demo.file("故事：撤销"))
    originator = demo.card(link, provider)["originator_name"]
    assert originator == "张三"
    demo.phone(originator, link, "撤销", provider)
    until(lambda: demo.status(link) == "rejected", "withdrawn is rejected")
    assert demo.cards(link, provider) == ["withdrawn"]
    assert demo.cards(link, other) == ["superseded"]
    reason = f"审批已在{PLATFORMS[provider].title}撤回"
    assert reason in demo.ticket(link).soup.get_text()
    until(lambda: demo.outcome(link, other) == "withdrawn", f"withdrawn in {other}")


def test_a_strangers_agreement_does_not_count_and_can_be_sent_anew(demo, provider, other):
    """Transferred to somebody who is no assignee: broken, the step stays open; 重新发送."""
    link = demo.asked(demo.file("故事：转交"))
    demo.phone("李四", link, "转交", provider, to="zhaoliu")
    demo.phone("赵六", link, "同意", provider)
    until(lambda: demo.cards(link, provider) == ["broken"], "not a decision of ours")
    assert steps(demo.ticket(link))[0][1] == "open"
    assert demo.person("zhangsan").bare(f"{link}/resend", provider=provider).goes_to == link
    demo.asked(link)
    assert demo.cards(link, provider) == ["broken", "pending"]
    assert demo.cards(link, other) == ["pending"]
    assert demo.person("zhangsan").bare(f"{link}/close", reason="只是故事").goes_to == link


def test_a_comment_is_no_decision_and_an_unknown_state_changes_nothing(demo, provider, other):
    """Pitfalls 6 and 7; a later known state counts, and the line about the unknown one goes."""
    link = demo.asked(demo.file("故事：未知"))
    card = demo.card(link, provider)["id"]
    demo.control(f"/cards/{card}/comment", userid="wangwu", remark="看过了")
    demo.control(f"/cards/{card}/state", status="FROZEN")
    until(lambda: "FROZEN" in demo.ticket(link).soup.get_text(), "the raw state is shown")
    assert demo.status(link) == "wait_for_audit"
    assert demo.cards(link, provider) == demo.cards(link, other) == ["pending"]
    demo.control(f"/cards/{card}/state", **PLATFORMS[provider].pending)
    demo.control(f"/cards/{card}/agree", userid="wangwu")
    until(lambda: steps(demo.ticket(link))[0][1] == "approved", "the known state counts")
    page = demo.ticket(link)
    assert steps(page)[0] == ("1", "approved", "wangwu", provider)
    assert "未知状态" not in page.soup.get_text()


def test_posting_the_same_nonce_again_answers_the_first_ticket(demo):
    creator = demo.person("zhangsan")
    path = "/projects/shop/tickets/new"
    page = creator.get(path)
    fields = {"subject": "只此一单", "sql": "SELECT 1;"}
    assert creator.send(page, path, fields).goes_to == creator.send(page, path, fields).goes_to
