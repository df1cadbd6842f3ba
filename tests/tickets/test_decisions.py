"""Decisions in the portal: what they show, what they need, and what comes too late."""

import pytest
from sqlalchemy import select

from portal.domain import tickets
from portal.extensions import db
from portal.models import OperationRecord, StepState, Ticket, TicketStep

PAGE = "/projects/pay/tickets/1"
EDITED = {"subject": "新名", "description": "", "sql": "SELECT a FROM t"}


def test_an_agreement_shows_who_when_where_and_why(shop):
    shop.file()
    page = shop.visit("lead", 1).form(action=f"{PAGE}/approve").fill(reason="看过了").send()
    assert page.flashes == [("success", "已通过。")]
    step = page.one('[data-step="1"]')
    assert (step["data-state"], step["data-decided-by"], step["data-via"]) == (
        "approved",
        "lead",
        "portal",
    )
    text = " ".join(step.get_text(" ").split())
    for part in ("李组长", "在门户", "审核通过", "看过了"):
        assert part in text
    assert page.one('[data-step="2"]')["data-state"] == "open"
    assert page.one("[data-status]")["data-status"] == "wait_for_audit"


def test_the_whole_way_to_the_end(shop):
    shop.file()
    shop.visit("owner", 1).form(action=f"{PAGE}/approve").send()
    shop.visit("dba", 1).form(action=f"{PAGE}/approve").send()
    page = shop.visit("operator", 1)
    assert page.one("[data-status]")["data-status"] == "wait_for_execution"
    page = page.form(action=f"{PAGE}/mark-executed").send()
    assert page.one("[data-status]")["data-status"] == "finished"
    assert [step["data-state"] for step in page.select("[data-step]")] == [
        "approved",
        "approved",
        "executed",
    ]
    assert page.one("[data-task-status]")["data-task-status"] == "finished"


def test_a_refusal_needs_a_reason(shop):
    shop.file()
    form = shop.visit("lead", 1).form(action=f"{PAGE}/reject")
    page = form.fill(reason="  ").send(422)
    assert list(page.errors) == ["reason"]
    assert shop.status(1) == "wait_for_audit"
    assert page.form(action=f"{PAGE}/approve").values["reason"] == ""


@pytest.mark.parametrize("act", ["approve", "reject"])
def test_a_reason_too_long_is_kept_and_refused(shop, act):
    shop.file()
    page = shop.visit("lead", 1).form(action=f"{PAGE}/{act}").fill(reason="长" * 501).send(422)
    assert "500" in page.errors["reason"]
    assert page.form(action=f"{PAGE}/{act}").values["reason"] == "长" * 501


def test_a_late_click_is_told_who_was_first(shop):
    """Pitfall 11: one winner, the other is answered."""
    shop.file()
    lead, owner = shop.visit("lead", 1), shop.visit("owner", 1)
    lead.form(action=f"{PAGE}/approve").send()
    page = owner.form(action=f"{PAGE}/reject").fill(reason="不行").send()
    ((kind, text),) = page.flashes
    assert kind == "warning"
    assert text.startswith("李组长 已于 ")
    assert text.endswith("在门户审核通过，你的操作没有生效。")
    assert page.one('[data-step="1"]')["data-decided-by"] == "lead"
    with shop.app.app_context():
        late = select(OperationRecord).filter_by(action="decision_late")
        assert len(db.session.scalars(late).all()) == 1


def test_a_page_left_open_decides_no_later_revision(shop):
    """Pitfall 3: a decision is bound to the step and the revision that the page showed."""
    shop.file()
    old = shop.visit("owner", 1)
    shop.bring_to(1, "rejected")
    shop.sign_in("creator").post(f"{PAGE}/resubmit", EDITED)
    page = old.form(action=f"{PAGE}/approve").send()
    assert [kind for kind, _text in page.flashes] == ["warning"]
    assert page.one('[data-step="1"]')["data-state"] == "open"


def test_a_double_click_on_agree_decides_one_step(shop):
    """Somebody who is asked twice in a row has agreed once."""
    shop.file()
    shop.change(1, lambda ticket: add_assignee(ticket, 2, shop.member("lead")))
    form = shop.visit("lead", 1).form(action=f"{PAGE}/approve")
    form.send()
    page = form.send()
    assert [kind for kind, _text in page.flashes] == ["warning"]
    assert page.one('[data-step="2"]')["data-state"] == "open"


def add_assignee(ticket: Ticket, position: int, member) -> None:
    step = next(one for one in ticket.steps if one.position == position)
    step.assignees.append(type(step.assignees[0])(member_id=member.id))


@pytest.mark.parametrize("fields", [{}, {"step": ""}])
def test_the_step_may_be_left_out(shop, fields):
    shop.file()
    page = shop.sign_in("lead").post(f"{PAGE}/approve", fields)
    assert page.one('[data-step="1"]')["data-state"] == "approved"


@pytest.mark.parametrize("step", ["nonsense", "99999999999999999999", "-1", "９"])
def test_a_step_that_makes_no_sense_is_not_taken_for_the_open_one(shop, step):
    shop.file()
    shop.sign_in("lead").post(f"{PAGE}/approve", {"step": step}, status=403)
    assert shop.status(1) == "wait_for_audit"


def test_the_step_of_another_ticket_is_refused(shop):
    shop.file()
    shop.file()
    with shop.app.app_context():
        other = db.session.scalar(
            select(TicketStep.id).join(Ticket).where(Ticket.number == 2, TicketStep.position == 1)
        )
    shop.sign_in("lead").post(f"{PAGE}/approve", {"step": other}, 403)
    with shop.app.app_context():
        opened = select(TicketStep).filter_by(state=StepState.OPEN)
        assert {step.position for step in db.session.scalars(opened)} == {1}


def test_closing_needs_a_reason_and_shows_it(shop):
    shop.file()
    page = shop.visit("creator", 1).form(action=f"{PAGE}/close").send(422)
    assert list(page.errors) == ["reason"]
    assert page.select("details#close[open]")
    page = page.form(action=f"{PAGE}/close").fill(reason="需求取消").send()
    assert page.one("[data-status]")["data-status"] == "canceled"
    assert "需求取消" in page.text
    assert {step["data-state"] for step in page.select("[data-step]")} == {"skipped"}
    page = shop.sign_in("lead").post(f"{PAGE}/approve", {})
    assert page.flashes == [("warning", "工单已被 陈工 关闭，你的操作没有生效。")]


def test_refused_edited_and_filed_again(shop):
    shop.file("SELECT * FROM t")
    shop.visit("lead", 1).form(action=f"{PAGE}/reject").fill(reason="要列名").send()
    page = shop.visit("creator", 1)
    assert "李组长驳回了当前工单，驳回原因为：要列名" in page.text
    form = page.form(action=f"{PAGE}/resubmit")
    assert form.values["sql"] == "SELECT * FROM t"
    page = form.fill(subject="改好的", sql="SELECT a FROM t").send()
    assert page.h1 == "改好的"
    assert page.one("pre").get_text() == "SELECT a FROM t"
    assert page.one("[data-status]")["data-status"] == "wait_for_audit"
    assert [step["data-state"] for step in page.select("[data-step]")] == [
        "open",
        "waiting",
        "waiting",
    ]
    earlier = page.one("details.earlier").get_text(" ")
    assert "第 1 次提交" in earlier
    assert "要列名" in earlier


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"sql": " "}, "sql"),
        ({"sql": "-- nothing"}, "sql"),
        ({"description": "x" * 5001}, "description"),
    ],
)
def test_a_refused_edit_keeps_what_was_typed(shop, changed, field):
    shop.file()
    shop.bring_to(1, "rejected")
    typed = {"subject": "甲", "description": "乙", "sql": "SELECT 1"} | changed
    page = shop.visit("creator", 1).form(action=f"{PAGE}/resubmit").fill(**typed).send(422)
    assert list(page.errors) == [field]
    assert page.select("details#resubmit[open]")
    kept = page.form(action=f"{PAGE}/resubmit").values
    assert {name: kept[name].strip() for name in typed} == {
        name: value.strip() for name, value in typed.items()
    }
    assert shop.status(1) == "rejected"


def test_an_edit_worse_than_allowed_shows_its_findings(shop):
    shop.file()
    shop.bring_to(1, "rejected")

    def strict(ticket):
        flow = db.session.execute(db.text("UPDATE flow SET max_level = 'warn'"))
        assert flow.rowcount == 1

    shop.change(1, strict)
    form = shop.visit("creator", 1).form(action=f"{PAGE}/resubmit")
    page = form.fill(sql="DELETE FROM t").send(422)
    assert "最高等级" in page.errors["sql"]
    assert "DELETE 没有 WHERE 条件" in page.one("#audit-result").get_text()
    assert shop.status(1) == "rejected"


def test_a_withdrawn_card_names_the_platform_as_the_one_who_refused(shop):
    shop.file()
    reason = "审批已在钉钉撤回"
    shop.change(
        1, lambda ticket: tickets.withdrawn_over_there(ticket.steps[0], reason, "dingtalk")
    )
    page = shop.visit("creator", 1)
    assert "审批平台驳回了当前工单，驳回原因为：审批已在钉钉撤回" in page.text
    step = page.one('[data-step="1"]')
    assert step["data-via"] == "dingtalk"
    assert not step.has_attr("data-decided-by")
    page = shop.sign_in("lead").post(f"{PAGE}/approve", {})
    assert "在钉钉驳回" in page.flashes[0][1]
