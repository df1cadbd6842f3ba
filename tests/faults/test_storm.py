"""A night of trouble: a third of the starts faulty, workers killed one after the other, others
asleep for longer than their lease, and the database server dies and is run again.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import deque

import pytest
from sqlalchemy.exc import OperationalError

from portal.extensions import db
from portal.models import DeliveryAttempt
from tests.faults.conftest import LEASE, SERVERS
from tests.faults.goals import GOALS, IS_LONG
from tests.faults.judge import UNHARMED, Numbers
from tests.faults.processes import holds_for, is_dead, wait_until
from tests.faults.test_chaos import fault_a_third

ASLEEP_SECONDS = LEASE + 2.0
DRAINED_SECONDS = 300 if IS_LONG else 60
# Nobody decides: a sweep would ask for each of the thousands of cards, and find them open.
QUIET = {"SWEEP_SECONDS": "86400"}
PLACES = pytest.mark.parametrize(
    ("database", "stage"),
    [
        (database, platform)
        for database in (SERVERS if IS_LONG else SERVERS[:1])
        for platform in GOALS["storm"]
    ],
    indirect=True,
)


class Crew:
    """Two workers at a time, the oldest first; and those that sleep, each with when it wakes up."""

    def __init__(self, stage):
        self._stage = stage
        self._awake: deque[int] = deque()
        self._asleep: deque[tuple[int, float]] = deque()
        self._fill_up()

    def _fill_up(self) -> None:
        while len(self._awake) < 2:
            self._awake.append(self._stage.worker(**QUIET))

    def kill_one(self) -> None:
        oldest = self._awake.popleft()
        os.kill(oldest, signal.SIGKILL)
        wait_until(lambda: is_dead(oldest), "the worker is dead")
        self._fill_up()

    def send_one_to_sleep(self) -> None:
        oldest = self._awake.popleft()
        os.kill(oldest, signal.SIGSTOP)
        self._asleep.append((oldest, time.monotonic() + ASLEEP_SECONDS))
        self._fill_up()

    def wake_up(self, seconds: float = 0.0) -> None:
        """Let those go on who have slept enough, or will have within so many seconds."""
        while self._asleep and self._asleep[0][1] <= time.monotonic() + seconds:
            pid, wakes_at = self._asleep.popleft()
            time.sleep(max(0.0, wakes_at - time.monotonic()))
            os.kill(pid, signal.SIGCONT)
            self._awake.append(pid)


def storm(stage, tickets: int, kills: int, sleepers: int, restarts: int) -> Numbers:
    """So many tickets, filed bit by bit between the kills."""
    dice = random.Random(20261126)
    stage.warm()
    fault_a_third(stage)
    crew = Crew(stage)
    for kill in range(kills):
        file(stage, crew, tickets * (kill + 1) // kills - tickets * kill // kills)
        if _is_turn(kill, sleepers, kills):
            crew.send_one_to_sleep()
        if _is_turn(kill, restarts, kills):
            stage.database.server.die()
            holds_for(lambda: True, dice.uniform(0.0, 1.0))
            stage.database.server.run()
        before = _tries(stage)
        wait_until(lambda before=before: _goes_on(stage, crew, before), "work goes on", 60)
        holds_for(lambda: True, dice.uniform(0.0, 0.3))
        crew.kill_one()
        crew.wake_up()
    crew.wake_up(ASLEEP_SECONDS)
    stage.drain(DRAINED_SECONDS)
    set_aside = stage.retry_set_aside()
    stage.drain(DRAINED_SECONDS)
    faulty = [call for call in stage.starts() if call["fault"]]
    print(f"set aside {set_aside}, starts {len(stage.starts())}, of them faulty {len(faulty)}")
    assert len(faulty) >= len(stage.starts()) / 5
    return stage.judge()


def file(stage, crew: Crew, count: int) -> None:
    """As people do: who is told that the database is busy, files once more.

    A worker that sleeps in the middle of a transaction holds what it has locked.
    """
    wanted = len(stage.tickets) + count
    while len(stage.tickets) < wanted:
        try:
            stage.file()
        except OperationalError:
            crew.wake_up()


def _is_turn(kill: int, times: int, kills: int) -> bool:
    """Whether this kill is one of so many, spread over all of them."""
    return kill * times // kills != (kill + 1) * times // kills


def _goes_on(stage, crew: Crew, before: int) -> bool:
    """A row was taken since; every wait and pause is cut short."""
    crew.wake_up()
    stage.hurry()
    return _tries(stage) > before or stage.is_drained()


def _tries(stage) -> int:
    with stage.world.app.app_context():
        db.session().read_only()
        return db.session.scalar(db.select(db.func.max(DeliveryAttempt.id)))


@pytest.mark.faults
@PLACES
def test_a_storm_loses_nothing_and_doubles_nothing(stage):
    goals, began = GOALS["storm"][stage.platform.name], time.monotonic()
    tickets = goals["submitted"]
    numbers = storm(stage, tickets, goals["kills"], goals["sleepers"], goals["restarts"])
    assert numbers.submitted == tickets + 1
    assert numbers.harm == UNHARMED
    assert numbers.recovered >= goals["recovered"]
    assert time.monotonic() - began <= goals["seconds"]


@pytest.mark.sabotage
@pytest.mark.parametrize("database", SERVERS if IS_LONG else ["postgresql"], indirect=True)
def test_a_storm_without_the_look_makes_second_cards(stage):
    stage.rule = "look"
    assert storm(stage, 40, 4, 0, 1).duplicated >= 1
