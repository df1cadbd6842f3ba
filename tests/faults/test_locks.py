"""A decision in the portal and one from over there cross: neither ends in a deadlock (D7)."""

from __future__ import annotations

import threading
import time

import pytest

from portal.domain import moves, outcomes, tickets
from portal.domain.provider import Decision, Outcome
from portal.extensions import db
from portal.models import Approval, ApprovalState, Ticket
from tests.faults.conftest import ON_SERVERS

TAPPED = Decision(Outcome.APPROVED, "ding-lead", "好", "COMPLETED/agree")


@pytest.mark.faults
@ON_SERVERS
def test_a_tap_and_a_decision_lock_in_one_order(stage):
    (ticket_id,) = stage.file()
    stage.world.deliver()
    with stage.world.rules():
        card_id = db.session.scalar(db.select(Approval.id).filter_by(state=ApprovalState.PENDING))
    has_locked, answers = threading.Event(), {}

    def decide() -> None:
        with stage.world.ticket(ticket_id) as ticket:
            moves.lock(ticket)
            has_locked.set()
            time.sleep(0.5)  # the poll comes in between
            owner = stage.world.member("owner")
            answers["portal"] = tickets.decide(stage.world.step(ticket, 1), owner, True, "好")

    def poll() -> None:
        has_locked.wait(5)
        with stage.world.rules():
            answers["poll"] = outcomes.apply(card_id, TAPPED, "钉钉")

    hands = [threading.Thread(target=work) for work in (decide, poll)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(15)
    assert answers == {"portal": True, "poll": False}
    with stage.world.rules():
        step = stage.world.step(db.session.get_one(Ticket, ticket_id), 1)
        assert step.decided_by.username == "owner"
