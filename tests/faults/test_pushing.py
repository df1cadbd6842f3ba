"""Hundreds of problems pushed while answers are lost, the tracker is slow, workers are killed."""

from __future__ import annotations

import time

import pytest

from tests.faults.conftest import ON_SERVERS
from tests.faults.goals import GOALS, IS_LONG
from tests.faults.judge import UNHARMED
from tests.faults.processes import is_dead, wait_until
from tests.faults.pushing import CREATE, chaos, desk, judge, push

__all__ = ["desk"]
PROBLEMS = 500 if IS_LONG else 200
KILLS = 10


@pytest.mark.faults
def test_each_push_makes_one_issue_whatever_happens(desk):
    numbers = chaos(desk, PROBLEMS, KILLS)
    assert numbers.submitted == PROBLEMS
    assert numbers.harm == UNHARMED
    assert numbers.recovered >= PROBLEMS / 5
    # A second push adds none.
    assert push(desk) == 0
    assert judge(desk).harm == UNHARMED


@pytest.mark.faults
@ON_SERVERS
def test_chaos_on_a_server_pushes_each_problem_once(desk):
    goals, began = GOALS["problems"], time.monotonic()
    numbers = chaos(desk, goals["submitted"], goals["kills"])
    assert numbers.submitted == goals["submitted"]
    assert numbers.harm == UNHARMED
    assert numbers.recovered >= goals["recovered"]
    assert time.monotonic() - began <= goals["seconds"]


@pytest.mark.faults
@pytest.mark.parametrize("kind", ["kill_before", "kill_after", "kill_answered"])
def test_a_worker_killed_at_the_call_leaves_one_issue(desk, kind):
    """P4 and P5: before the tracker has it, before the answer, right after the answer."""
    for number in range(5):
        pid = desk.worker(LEASE_SECONDS="60")
        desk.sandbox.fault(kind, CREATE, pid=pid, seconds=0)
        desk.world.file(f"DELETE FROM t{number};")
        push(desk)
        wait_until(lambda pid=pid: is_dead(pid), "the worker is killed")
    desk.world.pass_time(61)
    desk.worker(LEASE_SECONDS="60")
    desk.drain()
    numbers = judge(desk)
    assert numbers.submitted == 5
    # The kill that follows an answer may come after the commit that it is to forestall.
    assert numbers.recovered in ({4, 5} if kind == "kill_answered" else {5})
    assert numbers.harm == UNHARMED


@pytest.mark.sabotage
def test_pushes_without_the_look_make_second_issues(desk):
    desk.rule = "look"
    assert chaos(desk, 40, 2).duplicated >= 1
