"""The main story: filed in the portal, approved over there step by step, finished by hand."""

from portal.domain import tickets
from portal.extensions import db
from portal.models import Approval
from tests.world import World


def test_two_audit_steps_of_two_approvers_each_then_run_by_hand(world, platform):
    """Also pitfall 20: every step of a flow has its card, not the first only."""
    ticket_id = world.file("UPDATE orders SET state = 2 WHERE id = 7")
    world.deliver()
    (first,) = world.sandbox.cards()
    assert first["originator"] == "ding-creator"
    assert {task["user"] for task in first["tasks"]} == {"ding-lead", "ding-owner"}

    world.sandbox.press(first["id"], "agree", "ding-owner", remark="可以")
    world.run()
    facts = world.facts(ticket_id)
    assert facts["status"] == "wait_for_audit"
    assert facts["steps"] == ["approved", "open", "waiting"]
    with world.ticket(ticket_id) as ticket:
        step = world.step(ticket, 1)
        assert (step.decided_by.username, step.decided_via) == ("owner", platform.name)
        assert step.reason == "可以"

    (second,) = world.open_cards()
    assert {task["user"] for task in second["tasks"]} == {"ding-dba", "ding-senior"}
    world.sandbox.press(second["id"], "agree", "ding-dba")
    world.run()
    facts = world.facts(ticket_id)
    assert facts["status"] == "wait_for_execution"
    assert facts["steps"] == ["approved", "approved", "open"]
    assert len(world.sandbox.cards()) == 2  # the execute step has no card in this version

    with world.ticket(ticket_id) as ticket:
        tickets.mark_executed(ticket, world.member("operator"))
    facts = world.facts(ticket_id)
    assert (facts["status"], facts["steps"][-1]) == ("finished", "executed")


def test_the_card_shows_what_the_approver_needs(world):
    """Pitfall 29: 66.7 % and the project's name, not a long fraction and an id."""
    sql = "SELECT id FROM a WHERE id = 1;\nSELECT id FROM b WHERE id = 2;\nDELETE FROM c"
    ticket_id = world.file(sql, subject="清理数据", description="第一行\n第二行")
    world.deliver()
    form = world.sandbox.cards()[0]["form"]
    assert form["项目名称"] == "支付系统"
    assert form["工单名称"] == "清理数据"
    assert form["工单描述"].splitlines() == ["第一行", "第二行"]
    assert form["审核操作"] == "审核"
    assert "66.7%" in str(form["审核结果"])
    assert "订单库" in str(form["审核结果"])
    assert "DELETE FROM c" in form["SQL语句"]
    key = form["审批编号"]
    assert key.endswith(f"-{ticket_id}-R1-S1-I1")
    assert key.startswith("P")
    assert "未配置" in form["工单链接"]


def test_a_refusal_over_there_sends_the_ticket_back_with_its_reason(world):
    ticket_id = world.file()
    world.deliver()
    (card,) = world.sandbox.cards()
    world.sandbox.press(card["id"], "refuse", "ding-lead", remark="缺少索引")
    world.run()
    assert world.facts(ticket_id)["status"] == "rejected"
    with world.ticket(ticket_id) as ticket:
        step = world.step(ticket, 1)
        assert (step.state, step.reason) == ("rejected", "缺少索引")
        assert step.decided_by.username == "lead"
        assert world.step(ticket, 2).state == "skipped"


def test_refused_edited_and_resubmitted_makes_a_new_revision_with_fresh_cards(world):
    """Pitfall 3: a decision about the old card never counts for the new SQL."""
    ticket_id = world.file("DELETE FROM a WHERE id = 1")
    world.deliver()
    (old,) = world.sandbox.cards()
    with world.ticket(ticket_id) as ticket:
        assert tickets.decide(world.step(ticket, 1), world.member("lead"), False, "换一种写法")
    # The card over there is still open when the ticket comes back with other SQL.
    with world.ticket(ticket_id) as ticket:
        tickets.resubmit(
            ticket, world.member("creator"), "改好了", "", ["DELETE FROM a WHERE id = 2"]
        )
    world.sandbox.press(old["id"], "agree", "ding-owner")
    world.run()
    facts = world.facts(ticket_id)
    assert facts["revision"] == 2
    assert facts["status"] == "wait_for_audit"
    assert facts["steps"] == ["rejected", "skipped", "skipped", "open", "waiting", "waiting"]
    (fresh,) = world.open_cards()
    assert fresh["form"]["审批编号"].endswith("-R2-S1-I1")
    assert "id = 2" in fresh["form"]["SQL语句"]


def test_a_ticket_without_audit_steps_waits_for_execution_at_once(
    app, sandbox, password_hash, platform
):
    world = World(app, sandbox, [platform])
    world.settle_in(password_hash, steps=())
    ticket_id = world.file()
    world.run()
    facts = world.facts(ticket_id)
    assert facts["status"] == "wait_for_execution"
    assert facts["steps"] == ["open"]
    (card,) = world.sandbox.cards()
    assert card["form"]["审核操作"] == "上线"


def test_a_double_click_files_one_ticket(world):
    first = world.file(nonce="same")
    assert world.file(nonce="same") == first
    world.deliver()
    assert len(world.sandbox.cards()) == 1


def test_the_database_allows_one_live_card_a_step_and_provider(world, platform):
    ticket_id = world.file()
    with world.ticket(ticket_id):
        approval = db.session.scalars(db.select(Approval)).one()
        live_key = approval.live_key
    assert live_key.endswith(f":{platform.name}")
    columns = {
        tuple(column.name for column in constraint.columns)
        for constraint in Approval.__table__.constraints
        if constraint.__class__.__name__ == "UniqueConstraint"
    }
    assert ("live_key",) in columns
