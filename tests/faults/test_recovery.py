"""G11: how long people wait after a submit, after a crash, and after a platform was gone."""

from __future__ import annotations

import os
import signal
import time

import pytest

from portal.domain import pace
from portal.models import Delivery, DeliveryState
from tests.faults.conftest import LEASE
from tests.faults.goals import IS_LONG, RECOVERY
from tests.faults.judge import UNHARMED
from tests.faults.processes import is_dead, wait_until

ON_FEISHU = pytest.mark.parametrize("stage", ["feishu"], indirect=True)
# In the short form most of the lease is said to have passed; in the long one it does.
SAID_TO_PASS = 0 if IS_LONG else LEASE - 4
BACKLOG = RECOVERY["backlog" if IS_LONG else "backlog_short"]
# Feishu's starts a minute, in the backlog's proportion: as many minutes for fewer cards.
ALLOWED = 90 / RECOVERY["backlog"]
MOST = RECOVERY["starts_a_minute"] / RECOVERY["backlog"]
TICK = 5.0 if IS_LONG else 10.0


@pytest.mark.faults
@pytest.mark.timed
@ON_FEISHU
def test_the_first_call_comes_soon_after_a_submit(stage):
    """With the clock as it is shipped: one tick a second."""
    stage.warm()
    stage.worker(DELIVER_SECONDS="1")
    stage.file()
    wait_until(lambda: len(stage.starts()) == 1, "the process is up")
    waited = []
    for number in range(2, 5):
        time.sleep(0.37 * number)  # at any moment between two ticks
        began = time.monotonic()
        stage.file()
        wait_until(lambda number=number: len(stage.starts()) == number, "it is called")
        waited.append(time.monotonic() - began)
    print(f"first calls after {', '.join(f'{one:.1f}' for one in waited)} s")
    assert max(waited) <= RECOVERY["first_call_seconds"]


@pytest.mark.faults
@pytest.mark.timed
@ON_FEISHU
def test_another_process_takes_over_when_the_lease_is_over(stage):
    """The only one is killed with four rows in hand, one on each of its threads."""
    stage.warm()
    fault = stage.fault_on_start("delay", times=None, seconds=0.9)
    stage.file(4)
    only = stage.worker()
    wait_until(lambda: stage.hits(fault) >= 2, "its rows are on the wire")
    os.kill(only, signal.SIGKILL)
    killed_at = time.monotonic()
    wait_until(lambda: is_dead(only), "it is dead")
    in_hand = stage.count(Delivery.state == DeliveryState.SENDING)
    assert in_hand >= 2, "it died with nothing in hand"
    stage.sandbox.control("faults", method="DELETE")
    stage.worker()
    stage.world.pass_time(SAID_TO_PASS)
    wait_until(stage.is_drained, "another has done them", 2 * LEASE)
    took = time.monotonic() - killed_at + SAID_TO_PASS
    print(f"{in_hand} rows in hand, done {took:.1f} s after the kill; the lease: {LEASE} s")
    assert took <= LEASE + RECOVERY["after_lease_seconds"]
    assert stage.judge().harm == UNHARMED


class Hours:
    """Time that is said to pass between ticks; the starts of each moment, counted over there."""

    def __init__(self, stage):
        self.stage, self.passed, self.starts = stage, 0.0, []
        self._since = time.monotonic()

    @property
    def now(self) -> float:
        """Seconds, also those that really went by."""
        return self.passed + time.monotonic() - self._since

    def tick(self) -> None:
        before = len(self.stage.starts())
        self.stage.world.deliver()
        self.starts += [self.now] * (len(self.stage.starts()) - before)
        self.stage.world.pass_time(TICK)
        self.passed += TICK

    def busiest_minute(self) -> int:
        return max(
            (sum(0 <= one - first < 60 for one in self.starts) for first in self.starts), default=0
        )


def after_an_outage(stage, backlog: int) -> tuple[float, Hours]:
    """The platform answers 503 for ten minutes, then all at once; seconds until all is done."""
    stage.warm()
    stage.world.app.config["FEISHU_STARTS_A_MINUTE"] = round(ALLOWED * backlog)
    stage.world.pass_time(120)  # the minute of warm() is over
    fault = stage.sandbox.fault("status", "open-apis", times=None, status=503)
    stage.file(backlog)
    hours = Hours(stage)
    while hours.now < RECOVERY["outage_seconds"]:
        hours.tick()
    print(f"{stage.hits(fault)} calls during the outage", end=", ")
    stage.sandbox.control("faults", method="DELETE")
    stage.sandbox.control("calls", method="DELETE")
    began, hours.starts = hours.now, []
    while not stage.is_drained():
        hours.tick()
        assert hours.now - began < 4 * RECOVERY["backlog_seconds"], "it never comes to an end"
    return hours.now - began, hours


@pytest.mark.faults
@pytest.mark.timed
@ON_FEISHU
def test_the_backlog_of_an_outage_is_done_in_time_and_within_the_limit(stage):
    """Time is said to pass; what is counted, and how often it is called, is real."""
    took, hours = after_an_outage(stage, BACKLOG)
    busiest = hours.busiest_minute()
    print(f"{BACKLOG} cards done in {took:.0f} s, at most {busiest} starts in a minute")
    assert len(hours.starts) == BACKLOG
    assert stage.judge().harm == UNHARMED
    assert took <= RECOVERY["backlog_seconds"]
    assert busiest <= MOST * BACKLOG


@pytest.mark.sabotage
@ON_FEISHU
def test_without_the_pace_a_backlog_breaks_the_limit(stage, monkeypatch):
    monkeypatch.setattr(pace, "hold_back", lambda delivery, now: False)
    _took, hours = after_an_outage(stage, 20)
    assert hours.busiest_minute() > MOST * 20
