"""On a server two nodes take two shares at one moment, of whatever is claimed by the batch."""

from __future__ import annotations

import pytest

from portal.domain import issue_looks, matching, run_log, sweeps
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    Approval,
    ApprovalState,
    ExecutionRun,
    IssueState,
    ProblemIssue,
    Ticket,
)
from tests.faults.conftest import ON_SERVERS
from tests.faults.pushing import desk, push
from tests.faults.test_claims import NODES, at_once

__all__ = ["desk"]

SHARE = 40


def shares(stage, claim, ids) -> list[set]:
    """What each node has taken; ids: of the answer."""

    def take(all_open) -> set:
        taken = claim()
        db.session.flush()
        all_open.wait()
        return set() if taken is None else set(ids(taken))

    return at_once(stage, take)


def are_apart(taken: list[set]) -> bool:
    return len(taken) == NODES and all(taken) and not set.intersection(*taken)


@pytest.mark.faults
@ON_SERVERS
def test_two_nodes_take_up_two_runs(stage):
    stage.file(12)
    with stage.world.rules():
        now = database_now(db.session)
        for ticket in db.session.scalars(db.select(Ticket)):
            db.session.add(
                ExecutionRun(ticket_id=ticket.id, step_id=ticket.steps[-1].id, number=1, due_at=now)
            )
    assert are_apart(shares(stage, run_log.claim, lambda claim: [claim.run_id]))


@pytest.mark.faults
@ON_SERVERS
def test_two_nodes_match_different_people(stage, monkeypatch):
    monkeypatch.setattr(matching, "BATCH", 3)
    with stage.world.rules():
        matching.ask(None, None)
    taken = shares(
        stage,
        lambda: matching.claim("dingtalk", ("phone",)),
        lambda batch: [one.member_id for one in batch.people],
    )
    assert are_apart(taken)


@pytest.mark.faults
@ON_SERVERS
def test_two_nodes_ask_for_different_cards(stage, monkeypatch):
    monkeypatch.setattr(sweeps, "BATCH", 6)
    stage.file(12)
    with stage.world.rules():
        due = {"state": ApprovalState.PENDING, "next_poll_at": database_now(db.session)}
        due["started_at"] = due["next_poll_at"]
        db.session.execute(db.update(Approval).values(external_id=Approval.key, **due))
    taken = shares(
        stage,
        lambda: sweeps.claim("dingtalk"),
        lambda round_: [card.approval_id for card in round_.cards if card.ref.is_due],
    )
    assert are_apart(taken)


@pytest.mark.faults
@ON_SERVERS
def test_two_nodes_look_at_different_issues(desk, monkeypatch):
    monkeypatch.setattr(issue_looks, "BATCH", SHARE)
    push(desk, 2 * SHARE)
    with desk.world.rules():
        due = {"state": IssueState.CREATED, "next_look_at": database_now(db.session)}
        db.session.execute(db.update(ProblemIssue).values(number="1", **due))
    taken = shares(
        desk,
        lambda: issue_looks.claim("coding"),
        lambda looks: [look.issue_id for look in looks.issues],
    )
    assert are_apart(taken)
