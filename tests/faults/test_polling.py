"""C2: two nodes have asked for the same cards, and both are answered that they were agreed."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from portal import jobs
from portal.domain import approvals, sweeps
from portal.extensions import db
from portal.models import Approval, ApprovalState, OperationRecord, TicketStep
from tests.faults.conftest import SERVERS
from tests.faults.goals import IS_LONG

TICKETS = 500 if IS_LONG else 15
NODES = 2
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
DETAIL = {"dingtalk": r"workflow/processInstances$", "feishu": r"approval/v4/instances/[^/]+$"}
PLACES = [("sqlite", "feishu"), *zip(SERVERS, ("dingtalk", "feishu"), strict=True)]
ON_PLACES = pytest.mark.parametrize(("database", "stage"), PLACES, indirect=True)


@pytest.fixture
def environment(environment) -> dict[str, str]:
    """A node has the time to ask for all of them in one go."""
    patience = {"HTTP_TIMEOUT": "4", "SETTLE_SECONDS": "5", "LEASE_SECONDS": str(30 + TICKETS)}
    return environment | patience


def all_agreed_there(stage) -> list[int]:
    """So many tickets whose first cards were all agreed by lead; nobody has heard of it."""
    ids = stage.file(TICKETS)
    stage.world.deliver()
    for card in stage.sandbox.cards():
        stage.sandbox.press(card["id"], "agree", "ding-lead")
    return ids


def make_due() -> None:
    """One after the other, so that both nodes ask for them in the same order."""
    for number, card in enumerate(db.session.scalars(db.select(Approval).order_by(Approval.id))):
        card.next_poll_at = LONG_AGO + timedelta(seconds=number)
    db.session.commit()


def polled_by_two(stage) -> list[int]:
    """Both take all the cards, and each answer goes to both at once; what each has decided."""
    name = stage.platform.name
    stage.sandbox.fault("barrier", DETAIL[name], method="GET", times=None, parties=NODES)
    decided, in_turn, all_took = [], threading.Lock(), threading.Barrier(NODES, timeout=30)

    def node() -> None:
        with stage.world.app.app_context():
            with in_turn:
                make_due()
                round_ = sweeps.claim(name)
                db.session.commit()
            provider = jobs._provider(name, round_.app_key)
            all_took.wait()
            decided.append(sweeps.carry_out(round_, provider, db.session.commit))
            db.session.remove()

    threads = [threading.Thread(target=node) for _node in range(NODES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30 + TICKETS)
    return decided


def what_came(stage, ids: list[int]) -> tuple[Counter, Counter]:
    """Records by action, and by ticket and action; cards by the step that they are for."""
    with stage.world.rules():
        records = Counter(db.session.scalars(db.select(OperationRecord.action)).all())
        cards = Counter(
            map(
                tuple,
                db.session.execute(
                    db.select(TicketStep.position, TicketStep.state, Approval.state).join(
                        TicketStep, TicketStep.id == Approval.step_id
                    )
                ),
            )
        )
    assert len(ids) == TICKETS
    return records, cards


@pytest.mark.faults
@ON_PLACES
def test_two_nodes_hear_of_an_agreement_and_it_counts_once(stage):
    """One transition, one record, one card for the next step."""
    ids = all_agreed_there(stage)
    stage.sandbox.control("calls", method="DELETE")
    decided = polled_by_two(stage)
    asked = [call for call in stage.sandbox.calls() if call["fault"]]
    assert len(asked) == NODES * TICKETS, "not every card was asked for twice"
    assert sum(decided) == TICKETS
    print(f"{TICKETS} cards asked for by {NODES} nodes at once; who was first: {decided}")
    records, cards = what_came(stage, ids)
    assert records["step_approved"] == TICKETS
    assert records["decision_late"] == 0
    assert cards == {
        (1, "approved", ApprovalState.APPROVED): TICKETS,
        (2, "open", ApprovalState.QUEUED): TICKETS,
    }


@pytest.mark.sabotage
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_without_the_conditional_update_an_agreement_counts_twice(stage, monkeypatch):
    """R11: what ends a card counts the rows that it has changed."""

    def end(approval, state, problem="", raw_state=""):
        approval.state, approval.live_key, approval.next_poll_at = state, None, None
        return True

    monkeypatch.setattr(approvals, "end", end)
    ids = all_agreed_there(stage)
    decided = polled_by_two(stage)
    records, _cards = what_came(stage, ids)
    print(decided, records)
    assert records["step_approved"] + records["decision_late"] > TICKETS
