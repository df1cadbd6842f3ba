"""Each row of DESIGN §4's table: what the platform says, and what we do."""

import pytest

from portal.domain import records, tickets
from portal.extensions import db
from portal.models import Approval, OperationRecord
from tests.platforms import PLATFORMS


@pytest.fixture
def pending(world):
    """A ticket whose first card waits over there: (ticket id, card)."""
    ticket_id = world.file()
    world.deliver()
    (card,) = world.sandbox.cards()
    return ticket_id, card


def approval_of(world, ticket_id):
    return world.facts(ticket_id)["cards"][0][1]


@pytest.mark.parametrize("how", range(1 + max(len(one.ended) for one in PLATFORMS.values())))
def test_what_ends_without_a_decision_sends_the_ticket_back(world, platform, pending, how):
    """Pitfall 4: such a ticket waited for ever and was polled for ever."""
    ticket_id, card = pending
    if how >= len(platform.ended):
        world.sandbox.press(card["id"], "withdraw", "ding-creator")
    else:
        world.sandbox.force(card["id"], **platform.ended[how])
    world.run()
    facts = world.facts(ticket_id)
    assert facts["status"] == "rejected"
    assert approval_of(world, ticket_id) == "withdrawn"
    with world.ticket(ticket_id) as ticket:
        assert world.step(ticket, 1).reason == f"审批已在{platform.title}撤回"
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
    world.sandbox.force(card["id"], auto_pass=True)
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


@pytest.mark.parametrize("which", range(max(len(one.unknown) for one in PLATFORMS.values())))
def test_an_unknown_state_changes_nothing_and_a_later_known_one_counts(
    world, platform, pending, which
):
    ticket_id, card = pending
    state = platform.unknown[which % len(platform.unknown)]
    world.sandbox.force(card["id"], **state)
    world.run()
    facts = world.facts(ticket_id)
    assert facts["status"] == "wait_for_audit"
    assert approval_of(world, ticket_id) == "pending"
    assert state["status"] in facts["problems"][0]
    world.sandbox.force(card["id"], **platform.pending)
    world.sandbox.press(card["id"], "agree", "ding-lead")
    world.run()
    assert world.facts(ticket_id)["steps"][0] == "approved"


def test_decided_in_the_portal_finishes_the_same_persons_task_over_there(world, pending):
    """Pitfalls 2 and 10: the word and the task of the person who decided."""
    ticket_id, card = pending
    with world.ticket(ticket_id) as ticket:
        assert tickets.decide(world.step(ticket, 1), world.member("owner"), False, "不合规范")
    world.run()
    assert world.outcome(card) == "rejected"
    last = [one for one in world.sandbox.card(card["id"])["records"] if one["remark"]][-1]
    assert (last["user"], last["remark"]) == ("ding-owner", "不合规范")
    assert world.facts(ticket_id)["deliveries"][-1] == ("decide", "sent", "")


def test_a_portal_decision_by_somebody_without_a_task_withdraws_the_card(world):
    with world.rules():
        world.member("owner").phone = world.member("owner").email = ""
    ticket_id = world.file()
    world.deliver()
    (card,) = world.sandbox.cards()
    with world.ticket(ticket_id) as ticket:
        tickets.decide(world.step(ticket, 1), world.member("owner"), True, "")
    world.sandbox.control("rules", {"withdraw_after": 0})
    world.deliver()
    world.pass_time(20)
    world.deliver()
    assert world.outcome(card) == "withdrawn"


def test_closing_withdraws_the_card_with_the_reason_not_too_early(world, platform, pending):
    """Pitfall 1: closing never withdrew the card. DingTalk refuses the first 15 s."""
    ticket_id, card = pending
    with world.ticket(ticket_id) as ticket:
        tickets.close(ticket, world.member("creator"), "不需要了")
    world.run()
    withdrawals = world.sandbox.calls(platform.withdraw)
    assert len(withdrawals) == (1 if platform.withdraws_at_once else 0)
    world.sandbox.control("rules", {"withdraw_after": 0})
    world.pass_time(17)
    world.run()
    assert world.outcome(card) == "withdrawn"
    assert "不需要了" in str(world.sandbox.card(card["id"]))
    assert len(world.sandbox.calls(platform.withdraw)) == 1
    assert approval_of(world, ticket_id) == "superseded"


def test_two_places_decide_and_the_first_wins(world, platform, pending):
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
        ).all()
        # What the platform had, learnt when the card was to be ended; and the try in the portal.
        assert [one.details["via"] for one in late] == [platform.name, "portal"]
        assert all(one.details["agreed"] and one.actor.username == "lead" for one in late)
    (problem,) = world.facts(ticket_id)["problems"]
    assert "李组长" in problem
    assert f"{platform.title}同意" in problem
    assert "没有生效" in problem


def test_the_next_steps_card_is_left_alone(world, pending):
    """Pitfall 9: deliveries name the exact card."""
    ticket_id, _card = pending
    with world.ticket(ticket_id) as ticket:
        tickets.decide(world.step(ticket, 1), world.member("lead"), True, "")
    world.run()
    first, second = sorted(world.sandbox.cards(), key=lambda card: card["created_at"])
    assert world.outcome(first) == "approved"
    assert world.outcome(second) == "open"
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
