"""N5, N21: a second card came to be all the same: it is found, withdrawn, and told."""

from __future__ import annotations

import pytest

from portal import jobs
from portal.domain import records
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    Approval,
    ApprovalState,
    Delivery,
    DeliveryAction,
    DeliveryState,
    OperationRecord,
)
from tests.faults.conftest import ON_DATABASES_AT_NIGHT, ON_EACH
from tests.faults.judge import UNHARMED
from tests.faults.processes import holds_for, wait_until

# Long after the time that what was sent is given to have its effect.
LATE = {"kind": "late_effect", "seconds": 5.0}
# A look that missed is doubted after 2.5 settle times.
DOUBTED_AFTER = 4
SOON = 8.0
QUICK = {"SWEEP_SECONDS": "0.2"}
PATIENT = {"HTTP_TIMEOUT": "8", "SETTLE_SECONDS": "9", "LEASE_SECONDS": "50"}


def came_too_late(stage) -> None:
    """A start has its effect long after the look for it; two nodes are there to see it."""
    twin_comes(stage)
    is_hunted(stage)


def twin_comes(stage) -> None:
    """Nobody asks for it yet."""
    stage.warm()
    stage.fault_on_start(**LATE)
    stage.file(2)
    stage.worker()
    wait_until(lambda: stage.hurry() or len(stage.starts()) == 3, "it is started once more")
    wait_until(lambda: len(stage.outcomes()) == 4, "the twin has come")
    wait_until(stage.is_drained, "the answers are kept")
    stage.end_workers()


def is_hunted(stage) -> None:
    stage.world.pass_time(DOUBTED_AFTER)
    for _node in range(2):
        stage.worker(**QUICK)


def lost_its_lease(stage) -> None:
    """One node's answer comes when another has taken over, and could not see the card yet."""
    stage.warm()
    stage.sandbox.control("rules", {"hide_new_seconds": 60})
    stage.fault_on_start("delay_after", seconds=6.0)
    stage.worker(**PATIENT, **QUICK)
    stage.file()
    wait_until(lambda: len(stage.starts()) == 1, "the first node has started it")
    _end_leases(stage)
    stage.worker(**QUICK)
    second = "the second node has started it, too"  # the first one would wait longer for that
    wait_until(lambda: stage.hurry() or len(stage.starts()) == 2, second)


def _end_leases(stage) -> None:
    with stage.world.rules():
        db.session.execute(
            db.update(Delivery)
            .where(Delivery.state == DeliveryState.SENDING)
            .values(due_at=database_now(db.session))
        )


STORIES = {"late effect": came_too_late, "lost lease": lost_its_lease}


def is_alone(stage) -> bool:
    """Of all cards but one twin, each still waits for somebody."""
    return stage.outcomes().count("withdrawn") == 1 and stage.is_drained()


@pytest.mark.faults
@ON_DATABASES_AT_NIGHT
@pytest.mark.parametrize("story", STORIES)
def test_a_twin_is_withdrawn_once_and_the_recorded_card_stays(stage, story, sign_in):
    STORIES[story](stage)
    wait_until(lambda: is_alone(stage), "the twin is withdrawn", SOON)
    assert stage.judge().harm == UNHARMED
    assert len(stage.sandbox.calls(stage.platform.withdraw)) == 1
    with stage.world.rules():
        (row,) = db.session.scalars(
            db.select(Delivery).filter_by(action=DeliveryAction.WITHDRAW_TWIN)
        )
        card = row.approval
        assert (row.state, card.state) == (DeliveryState.SENT, ApprovalState.PENDING)
        gone = row.payload["external_id"]
        assert gone != card.external_id
        (record,) = db.session.scalars(
            db.select(OperationRecord).filter_by(action=records.Action.TWIN_FOUND.value)
        )
        assert record.details["external_id"] == gone
        pending = db.session.scalars(db.select(Approval.external_id)).all()
    live = {card["id"] for card in stage.world.open_cards()}
    assert live == set(pending)
    page = sign_in("boss").get("/settings/deliveries")
    assert "多出了一张" in page.one('[data-action="withdraw_twin"]').text


@pytest.mark.faults
@ON_DATABASES_AT_NIGHT
def test_a_decision_on_the_twin_moves_nothing_and_is_told(stage, sign_in):
    twin_comes(stage)
    with stage.world.rules():
        recorded = set(db.session.scalars(db.select(Approval.external_id)))
    (twin,) = (card for card in stage.world.open_cards() if card["id"] not in recorded)
    stage.sandbox.press(twin["id"], "agree", "ding-lead", remark="看过了")
    is_hunted(stage)
    with_record = db.select(OperationRecord).filter_by(action=records.Action.DECISION_LATE.value)

    def is_told() -> bool:
        with stage.world.rules():
            return db.session.scalar(with_record) is not None

    wait_until(is_told, "it is recorded", SOON)
    assert stage.judge().harm == UNHARMED
    with stage.world.rules():
        (record,) = db.session.scalars(with_record)
        assert (record.actor.username, record.details["agreed"]) == ("lead", True)
        assert record.details["reason"] == "看过了"
        (row,) = db.session.scalars(
            db.select(Delivery).filter_by(action=DeliveryAction.WITHDRAW_TWIN)
        )
        card = row.approval
        assert (row.state, card.state) == (DeliveryState.SENT, ApprovalState.PENDING)
        assert card.key == twin["form"]["审批编号"]
        path = f"/projects/pay/tickets/{card.step.ticket.number}"
    sentence = "李组长 在钉钉同意了重复的那张审批单，没有生效，以另外一张为准"
    assert sentence in sign_in("creator").get(path).text
    page = sign_in("boss").get("/settings/deliveries")
    assert sentence in page.one('[data-action="withdraw_twin"]').text


@pytest.mark.sabotage
def test_without_the_hunt_two_cards_stay(stage):
    stage.rule = "twin hunt"
    came_too_late(stage)
    assert holds_for(lambda: not is_alone(stage), 3.0)
    assert stage.judge().duplicated == 1


@pytest.mark.faults
@ON_EACH
def test_a_start_that_was_never_in_doubt_costs_no_question(stage):
    stage.warm()
    stage.file(3)
    stage.world.deliver()
    before = len(stage.sandbox.calls())
    stage.world.pass_time(3600)
    with stage.world.app.app_context():
        assert jobs.look_for_twins() == 0
    assert len(stage.sandbox.calls()) == before
    assert stage.judge().harm == UNHARMED
