"""The database drops out, or gives up a transaction, between our call and its record (D5-D7)."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.models import Approval, Delivery, DeliveryAction, DeliveryState
from tests.faults.conftest import LEASE, ON_SERVERS
from tests.faults.judge import UNHARMED
from tests.faults.processes import holds_for, wait_until
from tests.servers_proxy import Proxy

NOTED = b"UPDATE delivery_attempt"
PLAIN = {"postgresql": "?sslmode=disable", "mysql": "&ssl_disabled=true"}


def cut_off(stage, marker: bytes, after: bytes) -> None:
    """The worker's connection falls silent after the call, at this word, and ends."""
    stage.warm()
    slow = stage.fault_on_start("delay_after", seconds=0.5)
    stage.file()
    with Proxy(stage.database.server.port) as proxy:
        url = stage.database.url(proxy.port) + PLAIN[stage.database.server.db_type]
        stage.worker(DATABASE_URL=url)
        wait_until(lambda: stage.hits(slow), "the start is on the wire")
        proxy.lose_answer_to(marker, after)
        assert proxy.has_lost.wait(10), "the answer is being noted"
        proxy.cut()
        wait_until(stage.is_writable, "the server has given the session up")
        stage.world.pass_time(LEASE + 1)
        stage.drain()


@pytest.mark.faults
@ON_SERVERS
@pytest.mark.parametrize(
    ("marker", "after"), [(NOTED, b""), (b"COMMIT", NOTED)], ids=["D5 at the note", "D6 at COMMIT"]
)
def test_the_database_goes_after_the_call_and_no_second_card_is_sent(stage, marker, after):
    cut_off(stage, marker, after)
    assert stage.judge().harm == UNHARMED
    assert len(stage.starts()) == len(stage.sandbox.cards()) - 1 == 1


@pytest.mark.sabotage
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_without_the_look_a_database_that_goes_after_the_call_doubles_the_card(stage):
    stage.rule = "look"
    cut_off(stage, NOTED, b"")
    assert stage.judge().duplicated == 1


def deadlocked(stage) -> None:
    """D7: while the card is started, a rival locks what its record needs, in the other order."""
    stage.warm()
    slow = stage.fault_on_start("delay_after", seconds=0.5)
    stage.file()
    stage.worker(LOG_LEVEL="INFO")
    wait_until(lambda: stage.hits(slow), "the start is on the wire")
    cross(stage)


def cross(stage) -> None:
    with stage.world.app.app_context():
        row_id, card_id = db.session.execute(
            db.select(Delivery.id, Delivery.approval_id)
            .filter_by(action=DeliveryAction.START)
            .order_by(Delivery.id.desc())
        ).first()
        db.session.rollback()
        # What has changed more is not the one that MariaDB gives up.
        db.session.execute(db.text("UPDATE operation_record SET subject = subject"))
        card = db.select(Approval.id).filter_by(id=card_id).with_for_update()
        db.session.scalar(card)
        wait_until(stage.database.has_waiting, "the record waits for the rival")
        db.session.scalar(db.select(Delivery.id).filter_by(id=row_id).with_for_update())
        db.session.commit()
        db.session.remove()


@pytest.mark.faults
@ON_SERVERS
def test_d7_a_deadlock_after_the_call_is_tried_again_and_nothing_is_in_doubt(stage):
    deadlocked(stage)
    wait_until(stage.is_drained, "the record is written at the second try", 5)
    assert stage.judge().harm == UNHARMED
    assert stage.count(Delivery.attempts > 1) == 0
    assert "once more" in stage.log()


@pytest.mark.sabotage
@ON_SERVERS
def test_without_a_second_try_a_deadlock_leaves_the_answer_in_doubt(stage):
    stage.rule = "second try"
    deadlocked(stage)
    assert holds_for(lambda: stage.count(Delivery.state == DeliveryState.SENDING), 1.0)
