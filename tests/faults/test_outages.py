"""The portal's database server dies in the middle of work and comes back (D4)."""

from __future__ import annotations

import os
import signal

import pytest

from tests.faults.conftest import LEASE, ON_SERVERS
from tests.faults.goals import IS_LONG
from tests.faults.judge import UNHARMED, Numbers
from tests.faults.processes import holds_for, is_dead, wait_until

TICKETS = 12
AWAY_SECONDS = 30.0 if IS_LONG else 2.5
LIST, NEW = "/projects/pay/tickets", "/projects/pay/tickets/new"
FIELDS = {"subject": "改订单状态", "description": "修复", "sql": "UPDATE t SET a = 1 WHERE b = 2"}


def outage(stage, work=lambda: None) -> Numbers:
    """It dies while starts are on the wire: done over there, not yet answered."""
    stage.warm()
    slow = stage.fault_on_start("delay_after", times=None, seconds=0.6)
    stage.file(TICKETS)
    worker = stage.worker()
    wait_until(lambda: stage.hits(slow) >= 2, "starts are on the wire")
    stage.database.server.die()
    try:
        work()
        holds_for(lambda: True, AWAY_SECONDS)
        assert not is_dead(worker)
    finally:
        come_back(stage, worker)
    stage.sandbox.control("faults", method="DELETE")
    stage.drain()
    assert not is_dead(worker)
    return stage.judge()


def come_back(stage, worker: int) -> None:
    """The server is there again. No call outlives the outage: the leases are said to be over."""
    os.kill(worker, signal.SIGSTOP)
    stage.database.server.run()
    stage.world.pass_time(LEASE + 1)
    os.kill(worker, signal.SIGCONT)


def filled(visitor):
    """The form of a new ticket, ready to be sent."""
    return visitor.get(NEW).form(has="subject").fill(**FIELDS)


@pytest.mark.faults
@ON_SERVERS
def test_the_database_dies_and_comes_back_and_all_is_done_once(stage, sign_in):
    creator = sign_in("creator")
    form = filled(creator)

    def try_the_pages() -> None:
        creator.get(LIST, status=503)
        assert creator.client.get("/healthz").status_code == 503
        form.send(status=503)

    numbers = outage(stage, try_the_pages)
    assert numbers.submitted == TICKETS + 1
    assert numbers.harm == UNHARMED
    assert numbers.recovered >= 1
    filled(creator).send()  # what was refused left nothing behind, and goes through now
    wait_until(stage.is_drained, "its card is sent")
    assert len(stage.sandbox.cards()) == TICKETS + 2


@pytest.mark.sabotage
@ON_SERVERS
def test_without_the_look_an_outage_makes_second_cards(stage):
    stage.rule = "look"
    assert outage(stage).duplicated >= 1
