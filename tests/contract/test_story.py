"""Tickets from outside: states, steps and cards by their marks (DESIGN §4 and §7)."""

from __future__ import annotations

from tests.contract.outside import Page, until

MARKS = ("data-step", "data-state", "data-decided-by", "data-via")


def steps(page: Page) -> list[tuple]:
    """(position, state, by whom, via) of each step."""
    return [tuple(tag.get(mark) for mark in MARKS) for tag in page.all("data-step")]


def test_agreed_in_dingtalk_then_in_the_portal_then_marked_as_run(demo):
    link = demo.asked(demo.file("故事：三处"))
    demo.phone("李四", link, "同意")
    until(lambda: steps(demo.ticket(link))[1][1] == "open", "the second step opens")
    assert demo.person("wangwu").bare(f"{link}/approve").goes_to == link
    assert demo.status(link) == "wait_for_execution"
    assert demo.person("zhangsan").bare(f"{link}/mark-executed").status == 403
    assert demo.person("sunqi").bare(f"{link}/mark-executed").goes_to == link
    page = demo.ticket(link)
    assert page.marks("data-status")[0] == "finished"
    assert steps(page) == [
        ("1", "approved", "lisi", "dingtalk"),
        ("2", "approved", "wangwu", "portal"),
        ("3", "executed", "sunqi", "portal"),
    ]
    assert page.marks("data-approval") == ["approved", "superseded"]
    late = demo.person("sunqi").bare(f"{link}/mark-executed", follow=True)
    assert late.marks("data-flash") == ["warning"]


def test_refused_resubmitted_and_refused_in_dingtalk_then_closed(demo):
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
    first = demo.card(link)["id"]
    until(lambda: demo.card(link)["status"] != "RUNNING", "the old card ends (pitfall 2)")
    changes = {"subject": "故事：改过", "description": "加了索引", "sql": "SELECT 2;"}
    empty = creator.submit(f"{link}/resubmit", changes | {"subject": ""}, page=link)
    assert (empty.status, list(empty.errors)) == (422, ["subject"])
    assert ("sql", "SELECT 2;") in empty.typed(f"{link}/resubmit")
    assert creator.submit(f"{link}/resubmit", changes, page=link).goes_to == link
    demo.asked(link)
    assert demo.card(link)["id"] != first
    demo.phone("王五", link, "拒绝", remark="再想想")
    until(lambda: demo.status(link) == "rejected", "refused in DingTalk")
    page = demo.ticket(link)
    assert steps(page)[0] == ("1", "rejected", "wangwu", "dingtalk")
    assert "再想想" in page.soup.get_text()
    assert creator.bare(f"{link}/close", reason="不做了").goes_to == link
    assert demo.status(link) == "canceled"


def test_closing_withdraws_the_card_with_the_reason(demo):
    """Pitfall 1."""
    link = demo.asked(demo.file("故事：关闭"))
    assert demo.person("sunqi").bare(f"{link}/close", reason="x").status == 403
    assert demo.person("zhangsan").bare(f"{link}/close", reason="窗口取消").goes_to == link
    until(lambda: demo.card(link)["status"] == "TERMINATED", "the card is withdrawn")
    assert "窗口取消" in demo.card(link)["records"][-1]["remark"]
    assert demo.cards(link) == ["superseded"]


def test_withdrawn_over_there_goes_back_to_its_creator(demo):
    """Pitfall 4."""
    link = demo.asked(demo.file("故事：撤销"))
    demo.phone("张三", link, "撤销")
    until(lambda: demo.status(link) == "rejected", "withdrawn is rejected")
    page = demo.ticket(link)
    assert page.marks("data-approval") == ["withdrawn"]
    assert "审批已在钉钉撤回" in page.soup.get_text()


def test_a_strangers_agreement_does_not_count_and_can_be_sent_anew(demo):
    """Transferred to somebody who is no assignee: broken, the step stays open; 重新发送."""
    link = demo.asked(demo.file("故事：转交"))
    demo.phone("李四", link, "转交", to="zhaoliu")
    demo.phone("赵六", link, "同意")
    until(lambda: demo.cards(link) == ["broken"], "not a decision of ours")
    assert steps(demo.ticket(link))[0][1] == "open"
    assert demo.person("zhangsan").bare(f"{link}/resend", provider="dingtalk").goes_to == link
    demo.asked(link)
    assert demo.cards(link) == ["broken", "pending"]


def test_a_comment_is_no_decision_and_an_unknown_state_changes_nothing(demo):
    """Pitfalls 6 and 7; a later known state counts, and the line about the unknown one goes."""
    link = demo.asked(demo.file("故事：未知"))
    card = demo.card(link)["id"]
    demo.control(f"/cards/{card}/comment", userid="sunqi", remark="看过了")
    demo.control(f"/cards/{card}/state", status="FROZEN")
    until(lambda: "FROZEN" in demo.ticket(link).soup.get_text(), "the raw state is shown")
    assert (demo.status(link), demo.cards(link)) == ("wait_for_audit", ["pending"])
    demo.control(f"/cards/{card}/state", status="RUNNING")
    demo.control(f"/cards/{card}/agree", userid="wangwu")
    until(lambda: steps(demo.ticket(link))[0][1] == "approved", "the known state counts")
    page = demo.ticket(link)
    assert steps(page)[0] == ("1", "approved", "wangwu", "dingtalk")
    assert "未知状态" not in page.soup.get_text()


def test_posting_the_same_nonce_again_answers_the_first_ticket(demo):
    creator = demo.person("zhangsan")
    path = "/projects/shop/tickets/new"
    page = creator.get(path)
    fields = {"subject": "只此一单", "sql": "SELECT 1;"}
    assert creator.send(page, path, fields).goes_to == creator.send(page, path, fields).goes_to
