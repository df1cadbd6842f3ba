"""Each row of DESIGN §4's table: what the platform says, and what we do."""

import pytest

from portal.domain import records, tickets
from portal.extensions import db
from portal.models import Approval, OperationRecord


@pytest.fixture
def pending(world):
    """A ticket whose first card waits over there: (ticket id, card)."""
    ticket_id = world.file()
    world.deliver()
    (card,) = world.sandbox.cards()
    return ticket_id, card


def approval_of(world, ticket_id):
    return world.facts(ticket_id)["cards"][0][1]


@pytest.mark.parametrize("how", ["withdraw", "terminated", "canceled", "deleted"])
def test_what_ends_without_a_decision_sends_the_ticket_back(world, pending, how):
    """Pitfall 4: such a ticket waited for ever and was polled for ever."""
    ticket_id, card = pending
    if how == "withdraw":
        world.sandbox.press(card["id"], "withdraw", "ding-creator")
    elif how == "deleted":
        world.sandbox.control(f"cards/{card['id']}/state", {"deleted": True})
    else:
        world.sandbox.control(f"cards/{card['id']}/state", {"status": how.upper(), "result": ""})
    world.run()
    facts = world.facts(ticket_id)
    assert facts["status"] == "rejected"
    assert approval_of(world, ticket_id) == "withdrawn"
    with world.ticket(ticket_id) as ticket:
        assert world.step(ticket, 1).reason == "审批已在钉钉撤回"
        assert world.step(ticket, 1).decided_by is None


@pytest.mark.parametrize("button", ["agree", "refuse"])
def test_a_transfer_to_somebody_else_is_no_decision_of_ours(world, pending, button):
    """Pitfall 7: the transferor was taken for the approver."""
    ticket_id, card = pending
    world.sandbox.press(card["id"], "redirect", "ding-lead", to="ding-operator")
    world.sandbox.press(card["id"], button, "ding-operator")
    world.run()
    facts = world.facts(ticket_id)
    assert facts["status"] == "wait_for_audit"
    assert facts["steps"][0] == "open"
    assert approval_of(world, ticket_id) == "broken"
    assert "重新发送" in facts["problems"][0]


def test_a_transfer_to_another_assignee_counts_as_theirs(world, pending):
    ticket_id, card = pending
    world.sandbox.press(card["id"], "redirect", "ding-lead", to="ding-owner")
    world.sandbox.press(card["id"], "agree", "ding-owner")
    world.run()
    with world.ticket(ticket_id) as ticket:
        assert world.step(ticket, 1).decided_by.username == "owner"


def test_a_comment_is_no_decision_and_hides_none(world, pending):
    """Pitfall 7: a comment before the decision made the commenter the approver."""
    ticket_id, card = pending
    world.sandbox.press(card["id"], "comment", "ding-owner", remark="等等")
    world.run()
    assert world.facts(ticket_id)["steps"][0] == "open"
    world.sandbox.press(card["id"], "agree", "ding-lead")
    world.run()
    with world.ticket(ticket_id) as ticket:
        assert world.step(ticket, 1).decided_by.username == "lead"


def test_a_machine_decides_nothing(world, pending):
    ticket_id, card = pending
    world.sandbox.control(f"cards/{card['id']}/state", {"auto_pass": True})
    world.run()
    facts = world.facts(ticket_id)
    assert facts["steps"][0] == "open"
    assert approval_of(world, ticket_id) == "broken"
    assert "自动" in facts["problems"][0]


def test_a_disabled_member_decides_nothing(world, pending):
    ticket_id, card = pending
    with world.rules():
        world.member("lead").is_enabled = False
    world.sandbox.press(card["id"], "agree", "ding-lead")
    world.run()
    facts = world.facts(ticket_id)
    assert facts["steps"][0] == "open"
    assert approval_of(world, ticket_id) == "broken"
    assert "已禁用" in facts["problems"][0]


@pytest.mark.parametrize(
    ("status", "result"),
    [("ARCHIVED", "agree"), ("COMPLETED", ""), ("COMPLETED", "AGREED"), ("completed", "agree")],
)
def test_an_unknown_state_changes_nothing_and_a_later_known_one_counts(
    world, pending, status, result
):
    ticket_id, card = pending
    world.sandbox.control(f"cards/{card['id']}/state", {"status": status, "result": result})
    world.run()
    facts = world.facts(ticket_id)
    assert facts["status"] == "wait_for_audit"
    assert approval_of(world, ticket_id) == "pending"
    assert status in facts["problems"][0]
    world.sandbox.control(f"cards/{card['id']}/state", {"status": "RUNNING", "result": ""})
    world.sandbox.press(card["id"], "agree", "ding-lead")
    world.run()
    assert world.facts(ticket_id)["steps"][0] == "approved"


def test_decided_in_the_portal_finishes_the_same_persons_task_over_there(world, pending):
    """Pitfalls 2 and 10: the word and the task of the person who decided."""
    ticket_id, card = pending
    with world.ticket(ticket_id) as ticket:
        assert tickets.decide(world.step(ticket, 1), world.member("owner"), False, "不合规范")
    world.run()
    card = world.sandbox.cards(marker=card["form"]["审批编号"])[0]
    assert (card["status"], card["result"]) == ("COMPLETED", "refuse")
    last = [one for one in card["records"] if one["type"].startswith("EXECUTE_TASK")][-1]
    assert (last["user"], last["result"], last["remark"]) == ("ding-owner", "REFUSE", "不合规范")
    assert world.facts(ticket_id)["deliveries"][-1] == ("decide", "sent", "")


def test_a_portal_decision_by_somebody_without_a_task_withdraws_the_card(world):
    with world.rules():
        world.member("owner").phone = ""
    ticket_id = world.file()
    world.deliver()
    (card,) = world.sandbox.cards()
    with world.ticket(ticket_id) as ticket:
        tickets.decide(world.step(ticket, 1), world.member("owner"), True, "")
    world.sandbox.control("rules", {"withdraw_after": 0})
    world.deliver()
    world.pass_time(20)
    world.deliver()
    card = next(one for one in world.sandbox.cards() if one["id"] == card["id"])
    assert card["status"] == "TERMINATED"


def test_closing_withdraws_the_card_with_the_reason_not_too_early(world, pending):
    """Pitfall 1: closing never withdrew the card. The platform refuses the first 15 s."""
    ticket_id, card = pending
    with world.ticket(ticket_id) as ticket:
        tickets.close(ticket, world.member("creator"), "不需要了")
    world.run()
    assert world.sandbox.calls("terminate") == []
    world.sandbox.control("rules", {"withdraw_after": 0})
    world.pass_time(17)
    world.run()
    card = next(one for one in world.sandbox.cards() if one["id"] == card["id"])
    assert card["status"] == "TERMINATED"
    assert "不需要了" in str(card["records"])
    assert len(world.sandbox.calls("terminate")) == 1
    assert approval_of(world, ticket_id) == "superseded"


def test_two_places_decide_and_the_first_wins(world, pending):
    """Pitfall 11: both were applied."""
    ticket_id, card = pending
    world.sandbox.press(card["id"], "agree", "ding-lead")
    with world.ticket(ticket_id) as ticket:
        assert tickets.decide(world.step(ticket, 1), world.member("owner"), False, "不行")
    world.run()
    facts = world.facts(ticket_id)
    assert facts["status"] == "rejected"
    assert facts["steps"] == ["rejected", "skipped", "skipped"]
    with world.ticket(ticket_id) as ticket:
        assert tickets.decide(world.step(ticket, 1), world.member("lead"), True) is False
        late = db.session.scalars(
            db.select(OperationRecord).filter_by(action=records.Action.DECISION_LATE)
        ).one()
        assert late.details["agreed"] is True


def test_the_next_steps_card_is_left_alone(world, pending):
    """Pitfall 9: deliveries name the exact card."""
    ticket_id, _card = pending
    with world.ticket(ticket_id) as ticket:
        tickets.decide(world.step(ticket, 1), world.member("lead"), True, "")
    world.run()
    first, second = sorted(world.sandbox.cards(), key=lambda card: card["created_at"])
    assert first["status"] == "COMPLETED"
    assert second["status"] == "RUNNING"
    assert world.facts(ticket_id)["steps"][:2] == ["approved", "open"]


def test_a_card_that_is_no_longer_wanted_is_never_sent(world):
    """C6: closed while its start is queued."""
    ticket_id = world.file()
    with world.ticket(ticket_id) as ticket:
        tickets.close(ticket, world.member("creator"), "填错了")
    world.run()
    assert world.sandbox.cards() == []
    assert world.facts(ticket_id)["deliveries"] == [("start", "void", "")]


def test_one_bad_row_never_stops_a_sweep(world):
    """Pitfall 19: a nil step crashed the job, and again each minute."""
    first, second = world.file(), world.file()
    world.deliver()
    with world.rules():
        broken = db.session.scalars(db.select(Approval).order_by(Approval.id)).first()
        broken_id = broken.external_id
        broken.external_id = "no-such-instance"
    for card in world.sandbox.cards():
        if card["id"] != broken_id:
            world.sandbox.press(card["id"], "agree", "ding-lead")
    world.run()
    assert world.facts(first)["status"] == "rejected"  # gone over there counts as withdrawn
    assert world.facts(second)["steps"][0] == "approved"
