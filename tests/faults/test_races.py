"""Two processes at one table, and people who close a ticket while its card is under way.

The races of reliability.md §2.4: C1, C7 and C8 are here; C3-C5 and C7-C9 in their hundreds in
test_rivals.py; C2 in test_polling.py, C13 in test_double_clicks.py, C14 in test_other_apps.py.
C6, C10 and C11 are stories of tests/flows (test_decisions.py, test_people.py). C12 is about
events, which the portal does not receive yet.
"""

from __future__ import annotations

import pytest

from portal.domain import tickets
from portal.models import Delivery, DeliveryState
from tests.faults.conftest import ON_EACH, SERVERS
from tests.faults.goals import IS_LONG
from tests.faults.judge import UNHARMED, Numbers
from tests.faults.processes import wait_until
from tests.faults.test_crashes import ask_for_people_again

PATIENT = {"HTTP_TIMEOUT": "4", "SETTLE_SECONDS": "5", "LEASE_SECONDS": "30"}


ROWS = 1000 if IS_LONG else 100
NODES = 4


def gather(stage, rows: int = 60) -> None:
    """C1: processes of four threads each find so many rows due."""
    stage.warm()
    stage.file(rows)
    for _worker in range(NODES):
        stage.worker(**PATIENT)


@pytest.mark.faults
@pytest.mark.parametrize(
    ("database", "stage"),
    [
        (database, platform)
        for place, database in enumerate(("sqlite", *SERVERS))
        for number, platform in enumerate(("feishu", "dingtalk"))
        if IS_LONG or place % 2 == number
    ],
    indirect=True,
)
def test_each_of_many_due_rows_is_sent_once(stage):
    gather(stage, ROWS)
    stage.drain(20 + ROWS / 4)
    assert stage.judge().harm == UNHARMED
    assert len(stage.starts()) == ROWS
    nodes = len(stage.sandbox.calls(stage.platform.token))
    print(f"{ROWS} rows by {nodes} processes")
    assert nodes >= 2, "one process did everything"


@pytest.mark.sabotage
def test_without_the_conditional_claim_rows_are_sent_twice(stage):
    stage.rule = "claim"
    stage.sandbox.fault("delay", stage.platform.people, times=None, seconds=0.3)
    gather(stage)
    wait_until(lambda: stage.judge().duplicated, "a row is sent twice", 30)


def close(stage, ticket_id: int) -> None:
    with stage.world.ticket(ticket_id) as ticket:
        tickets.close(ticket, stage.world.member("creator"), "不需要了")


def closed_on_the_wire(stage) -> Numbers:
    """C7: closed while the far side holds the answer of the start."""
    stage.warm()
    fault = stage.fault_on_start("delay_after", seconds=1.0)
    (ticket_id,) = stage.file()
    stage.worker(**PATIENT)
    wait_until(lambda: stage.hits(fault) == 1, "the start is on the wire")
    close(stage, ticket_id)
    stage.drain()
    return stage.judge()


def closed_in_doubt(stage, kind: str) -> Numbers:
    """C8: closed while nobody knows whether the card is there."""
    stage.warm()
    stage.fault_on_start(kind)
    (ticket_id,) = stage.file()
    stage.worker()
    wait_until(lambda: stage.count(Delivery.last_code == "reset"), "the answer is lost")
    close(stage, ticket_id)
    stage.drain()
    return stage.judge()


@pytest.mark.faults
@ON_EACH
def test_a_card_on_the_wire_when_its_ticket_is_closed_is_withdrawn(stage):
    assert closed_on_the_wire(stage).harm == UNHARMED
    assert stage.outcomes() == ["open", "withdrawn"]


@pytest.mark.sabotage
def test_without_withdrawing_a_card_on_the_wire_outlives_its_ticket(stage):
    stage.rule = "withdrawing"
    assert closed_on_the_wire(stage).unexpected == 1


@pytest.mark.faults
@ON_EACH
def test_a_card_in_doubt_when_its_ticket_is_closed_is_found_and_withdrawn(stage):
    assert closed_in_doubt(stage, "lost_after").harm == UNHARMED
    assert stage.outcomes() == ["open", "withdrawn"]
    assert len(stage.starts()) == 1


@pytest.mark.sabotage
def test_without_the_look_a_card_in_doubt_outlives_its_ticket(stage):
    stage.rule = "look"
    assert closed_in_doubt(stage, "lost_after").unexpected == 1


@pytest.mark.faults
@ON_EACH
def test_a_card_that_never_came_to_be_is_not_sent_for_a_closed_ticket(stage):
    assert closed_in_doubt(stage, "lost_before").harm == UNHARMED
    assert len(stage.starts()) == 1
    assert stage.count(Delivery.state == DeliveryState.VOID) == 2


def closed_during_look_ups(stage) -> int:
    """Closed while its people are looked up; answers how many starts went out."""
    stage.warm()
    ask_for_people_again(stage)
    fault = stage.sandbox.fault("delay", stage.platform.people, seconds=1.0)
    (ticket_id,) = stage.file()
    stage.worker(**PATIENT)
    wait_until(lambda: stage.hits(fault) == 1, "the look-ups have begun")
    close(stage, ticket_id)
    stage.drain()
    assert stage.judge().harm == UNHARMED
    return len(stage.starts())


@pytest.mark.faults
@ON_EACH
def test_a_ticket_closed_during_the_look_ups_gets_no_card(stage):
    assert closed_during_look_ups(stage) == 0


@pytest.mark.sabotage
def test_without_a_second_thought_people_are_asked_about_a_closed_ticket(stage):
    stage.rule = "second thought"
    assert closed_during_look_ups(stage) == 1
