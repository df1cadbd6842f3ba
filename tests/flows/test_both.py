"""Both platforms on: a card in each, one decision, and the other card ended the right way."""

from __future__ import annotations

import pytest

from portal.domain import records, tickets
from portal.extensions import db
from portal.models import OperationRecord
from tests.platforms import PLATFORMS

PAIRS = [("dingtalk", "feishu"), ("feishu", "dingtalk")]


def cards_of(both, ticket_id, revision=1, step=1):
    """Provider → the card of this step over there."""
    found = both.sandbox.cards(marker=f"-{ticket_id}-R{revision}-S{step}-")
    by_provider = {card["provider"]: card for card in found}
    assert len(by_provider) == len(found), "one card a platform"
    return by_provider


def later(both):
    """DingTalk lets no card be withdrawn in its first 15 seconds."""
    both.pass_time(30)
    both.run()


@pytest.fixture
def filed(both):
    """A ticket whose first step has a card on each platform: (ticket id, provider → card)."""
    both.sandbox.control("rules", {"withdraw_after": 0})
    ticket_id = both.file()
    both.deliver()
    cards = cards_of(both, ticket_id)
    assert sorted(cards) == sorted(PLATFORMS)
    return ticket_id, cards


def test_every_step_has_a_card_in_each(both, filed):
    """Pitfall 20, for two at once."""
    ticket_id, cards = filed
    both.sandbox.press(cards["feishu"]["id"], "agree", "ding-lead")
    both.run()
    assert both.facts(ticket_id)["steps"][:2] == ["approved", "open"]
    second = cards_of(both, ticket_id, step=2)
    assert sorted(second) == sorted(PLATFORMS)
    both.sandbox.press(second["dingtalk"]["id"], "agree", "ding-dba")
    both.run()
    assert both.facts(ticket_id)["status"] == "wait_for_execution"
    with both.ticket(ticket_id) as ticket:
        assert [both.step(ticket, n).decided_via for n in (1, 2)] == ["feishu", "dingtalk"]
    assert both.open_cards() == []


@pytest.mark.parametrize(("first", "other"), PAIRS)
@pytest.mark.parametrize(("button", "outcome"), [("agree", "approved"), ("refuse", "rejected")])
def test_the_same_person_finishes_the_other_card(both, filed, first, other, button, outcome):
    ticket_id, cards = filed
    both.sandbox.press(cards[first]["id"], button, "ding-owner", remark="看过了")
    both.run()
    assert both.outcome(cards[other]) == outcome
    lines = both.sandbox.card(cards[other]["id"])["records"]
    assert "看过了" in [line["remark"] for line in lines if line["user"] == "ding-owner"]
    assert {state for _key, state in both.facts(ticket_id)["cards"][:2]} == {outcome, "superseded"}
    with both.ticket(ticket_id) as ticket:
        step = both.step(ticket, 1)
        assert (step.state, step.decided_by.username, step.decided_via) == (
            outcome, "owner", first,
        )  # fmt: skip


@pytest.mark.parametrize(("first", "other"), PAIRS)
def test_without_a_task_there_the_other_card_is_withdrawn_with_the_reason(
    both, filed, first, other
):
    ticket_id, cards = filed
    both.sandbox.press(cards[other]["id"], "redirect", "ding-owner", to="ding-operator")
    both.sandbox.press(cards[first]["id"], "agree", "ding-owner")
    both.run()
    assert both.facts(ticket_id)["steps"][0] == "approved"
    later(both)
    assert both.outcome(cards[other]) == "withdrawn"
    assert "王经理" in str(both.sandbox.card(cards[other]["id"]))


def test_without_an_account_there_the_other_card_is_withdrawn_too(both):
    """Found by e-mail in Feishu, by nothing in DingTalk."""
    both.sandbox.control("rules", {"withdraw_after": 0})
    with both.rules():
        both.member("owner").phone = ""
    ticket_id = both.file()
    both.deliver()
    cards = cards_of(both, ticket_id)
    assert [task["user"] for task in cards["dingtalk"]["tasks"]] == ["ding-lead"]
    both.sandbox.press(cards["feishu"]["id"], "agree", "ding-owner")
    both.run()
    assert both.facts(ticket_id)["steps"][0] == "approved"
    later(both)
    assert both.outcome(cards["dingtalk"]) == "withdrawn"


@pytest.mark.parametrize(("first", "other"), PAIRS)
def test_never_both_outcomes_when_both_were_pressed(both, filed, first, other):
    """C4: agreed here and refused there before we heard of either."""
    ticket_id, cards = filed
    both.sandbox.press(cards[first]["id"], "agree", "ding-lead")
    both.sandbox.press(cards[other]["id"], "refuse", "ding-owner", remark="不行")
    both.run()
    facts = both.facts(ticket_id)
    first_state = facts["steps"][0]
    assert facts["status"] == {"approved": "wait_for_audit", "rejected": "rejected"}[first_state]
    with both.ticket(ticket_id) as ticket:
        winner = both.step(ticket, 1).decided_by.username
        assert winner == {"approved": "lead", "rejected": "owner"}[first_state]
        late = db.session.scalars(
            db.select(OperationRecord).filter_by(action=records.Action.DECISION_LATE)
        ).all()
        assert [one.actor.username for one in late] == [{"lead": "owner", "owner": "lead"}[winner]]
    assert sum("没有生效" in problem for problem in facts["problems"]) == 1


@pytest.mark.parametrize(("first", "other"), PAIRS)
def test_withdrawn_there_sends_the_ticket_back_and_withdraws_the_other(both, filed, first, other):
    ticket_id, cards = filed
    both.sandbox.press(cards[first]["id"], "withdraw", "ding-creator")
    both.run()
    later(both)
    facts = both.facts(ticket_id)
    assert facts["status"] == "rejected"
    assert both.outcome(cards[other]) == "withdrawn"
    title = PLATFORMS[first].title
    assert f"审批已在{title}撤回" in str(both.sandbox.card(cards[other]["id"]))


def test_closing_and_deciding_in_the_portal_end_both(both, filed):
    ticket_id, cards = filed
    with both.ticket(ticket_id) as ticket:
        tickets.decide(both.step(ticket, 1), both.member("lead"), True, "")
    both.run()
    assert {both.outcome(card) for card in cards.values()} == {"approved"}
    second = cards_of(both, ticket_id, step=2)
    with both.ticket(ticket_id) as ticket:
        tickets.close(ticket, both.member("creator"), "不需要了")
    both.run()
    later(both)
    assert {both.outcome(card) for card in second.values()} == {"withdrawn"}
    assert all("不需要了" in str(both.sandbox.card(card["id"])) for card in second.values())


@pytest.mark.parametrize(("broken", "working"), PAIRS)
def test_trouble_on_one_platform_does_not_hold_up_the_other(both, broken, working):
    """A used-up quota, say, of one of them."""
    both.sandbox.fault("quota", PLATFORMS[broken].start, times=None)
    ticket_id = both.file()
    both.deliver()
    assert list(cards_of(both, ticket_id)) == [working]
    both.sandbox.press(cards_of(both, ticket_id)[working]["id"], "agree", "ding-lead")
    both.run()
    facts = both.facts(ticket_id)
    assert facts["steps"][0] == "approved"
    assert {state for _key, state in facts["cards"][:2]} == {"approved", "superseded"}
