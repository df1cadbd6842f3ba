"""Tickets on each database, a third of the starts faulty, and workers killed all the while."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from tests.faults.conftest import SERVERS
from tests.faults.goals import GOALS, IS_LONG
from tests.faults.judge import UNHARMED, Numbers
from tests.faults.processes import holds_for, is_dead, wait_until
from tests.platforms import PLATFORMS

TICKETS = GOALS["tickets"]["submitted"]
KILLS = GOALS["tickets"]["kills"]
FAULTS = (
    {"kind": "lost_before"},
    {"kind": "lost_after", "reset": True},
    {"kind": "status", "status": 500},
    {"kind": "status_after", "status": 500},
    {"kind": "delay_after", "seconds": 2.0},
)
# Each takes its share of what the ones before it let pass: a third of all, together.
RATE = 1 - (2 / 3) ** (1 / len(FAULTS))


def fault_a_third(stage) -> None:
    """Each start meets one of FAULTS, or none."""
    for seed, fault in enumerate(FAULTS):
        stage.fault_on_start(times=None, rate=RATE, seed=seed, **fault)


def chaos(stage, kills: int) -> Numbers:
    """Two workers at a time; the older one is killed and replaced, again and again."""
    dice = random.Random(20261122)
    stage.warm()
    fault_a_third(stage)
    stage.file(TICKETS // 3)
    workers = [stage.worker(), stage.worker()]
    for kill in range(kills):
        if kill in {1, 3}:
            stage.file(TICKETS // 3)
        before = len(stage.starts())
        wait_until(lambda before=before: _goes_on(stage, before), "work goes on")
        holds_for(lambda: True, dice.uniform(0.0, 0.3))
        oldest = workers.pop(0)
        os.kill(oldest, signal.SIGKILL)
        wait_until(lambda pid=oldest: is_dead(pid), "the worker is dead")
        workers.append(stage.worker())
    stage.drain(GOALS["tickets"]["seconds"])
    # Some workers die three times on one row, by chance: set aside is right, and loses nothing.
    set_aside = stage.retry_set_aside()
    stage.drain(60)
    faulty = [call for call in stage.starts() if call["fault"]]
    print(f"kills {kills}, set aside {set_aside}, starts {len(stage.starts())}", end=", ")
    print(f"of them faulty {len(faulty)}")
    assert len(faulty) >= len(stage.starts()) / 5
    return stage.judge()


def _goes_on(stage, before: int) -> bool:
    """A worker has sent something since; every wait and pause is cut short."""
    stage.hurry()
    return len(stage.starts()) > before or stage.is_drained()


@pytest.mark.faults
@pytest.mark.parametrize(
    ("database", "stage"),
    [
        (database, platform)
        for place, database in enumerate(("sqlite", *SERVERS))
        for number, platform in enumerate(sorted(PLATFORMS))
        if IS_LONG or place % 2 == number  # each database, and each platform
    ],
    indirect=True,
)
def test_chaos_loses_nothing_and_doubles_nothing(stage):
    began = time.monotonic()
    numbers = chaos(stage, KILLS)
    goals = GOALS["tickets"]
    assert numbers.submitted == TICKETS // 3 * 3 + 1
    assert numbers.harm == UNHARMED
    assert numbers.recovered >= goals["recovered"]
    assert time.monotonic() - began <= goals["seconds"]


@pytest.mark.sabotage
@pytest.mark.parametrize(
    "database", ["sqlite", *SERVERS] if IS_LONG else ["postgresql"], indirect=True
)
def test_chaos_without_the_look_makes_second_cards(stage):
    stage.rule = "look"
    assert chaos(stage, 4).duplicated >= 1
