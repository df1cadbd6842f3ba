"""A node's clock steps while the work goes on, or is wrong all the time (T1-T3).

The processes run under libfaketime, each with an offset of its own that can be changed at any
moment. Their monotonic clock is the real one, as it is when a machine's time is set.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from portal.models import Delivery
from tests.faults.conftest import Stage
from tests.faults.goals import IS_LONG
from tests.faults.judge import UNHARMED
from tests.faults.processes import Forker, holds_for, is_dead, wait_until

HOUR, DAY, YEARS = 3600, 86400, 50 * 365 * 86400
# A step is noticed within two seconds; five are allowed for the whole way to the platform.
SECONDS = 5.0
# A node asks the file again each second (each time would slow it down tenfold), and the tick that
# is waited for already comes.
STALE_SECONDS = 1.5
LIBRARY = Path(find_spec("libfaketime").origin).parent / "vendor/libfaketime/src/libfaketime.so.1"
STEPS = (-HOUR, -DAY, -YEARS, 0, DAY) if IS_LONG else (-HOUR, -YEARS, 0)
ON_POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


def under(offsets: Path, each_second: bool = False) -> dict[str, str]:
    """The environment of a process whose clock is as this file says.

    each_second: when it looks into the file, instead of each time that it is asked.
    """
    asks = {"FAKETIME_CACHE_DURATION": "1"} if each_second else {"FAKETIME_NO_CACHE": "1"}
    return asks | {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_TIMESTAMP_FILE": str(offsets),
    }


def step(offsets: Path, seconds: int) -> None:
    """Set the clock. Written aside, so that nobody reads half of it."""
    aside = offsets.with_suffix(".new")
    aside.write_text(f"{seconds:+d}s\n")
    aside.chmod(0o644)
    os.replace(aside, offsets)


@pytest.fixture(scope="module")
def clocks(tmp_path_factory):
    """Forkers under libfaketime, with and without the rule; each child has its own file."""
    started = tmp_path_factory.mktemp("clocks") / "start"
    step(started, 0)
    own = under(started, each_second=True)
    made = [Forker(f"tests.faults.{one}", own) for one in ("worker", "sabotaged")]
    yield made
    for forker in made:
        forker.end()


class Node:
    """A job process with a clock of its own."""

    def __init__(self, stage: Stage, forker: Forker, offsets: Path, ahead: int, **settings: str):
        step(offsets, ahead)
        own = {f"PORTAL_{name}": value for name, value in settings.items()}
        own["FAKETIME_TIMESTAMP_FILE"] = str(offsets)
        self._offsets = offsets
        self.pid = forker.start(stage.environment | own, stage._log, stage.rule)

    def step(self, seconds: int) -> None:
        """Its clock is so far from the real one, once this has ended."""
        step(self._offsets, seconds)
        holds_for(lambda: True, STALE_SECONDS)


@pytest.fixture
def node(stage, clocks, tmp_path):
    """node(ahead=seconds) → a Node."""
    numbers = iter(range(100))

    def start(ahead: int = 0, **settings: str) -> Node:
        forker = clocks[stage.rule is not None]
        return Node(stage, forker, tmp_path / f"clock-{next(numbers)}", ahead, **settings)

    yield start
    for forker in clocks:
        forker.end_all()


def goes_on(stage, sent: int, seconds: float = SECONDS) -> None:
    """A ticket filed now is sent in time."""
    stage.file()
    wait_until(lambda: len(stage.starts()) == sent, "it is sent in time", seconds)
    wait_until(stage.is_drained, "and written down")


@pytest.mark.faults
@pytest.mark.timed
@ON_POSTGRESQL
def test_t1_t2_a_nodes_clock_steps_back_and_forth_and_its_ticks_go_on(stage, node):
    stage.warm()
    only = node()
    goes_on(stage, 1, seconds=20)  # it has to start first
    for sent, ahead in enumerate(STEPS, start=2):
        only.step(ahead)
        goes_on(stage, sent)
    assert not is_dead(only.pid)
    assert stage.judge().harm == UNHARMED
    assert stage.count(Delivery.attempts > 1) == 0


@pytest.mark.sabotage
@ON_POSTGRESQL
def test_without_the_watchdog_a_step_back_ends_the_ticks(stage, node):
    stage.rule = "watchdog"
    stage.warm()
    only = node()
    goes_on(stage, 1, seconds=20)  # it has to start first
    only.step(-HOUR)
    stage.file()
    assert holds_for(lambda: len(stage.starts()) == 1, 3.5)  # the watchdog looks each two


# A start that is slow on purpose must not run out of time on a busy machine.
PATIENT = {"HTTP_TIMEOUT": "3", "SETTLE_SECONDS": "4"}


def in_flight(stage, node, work) -> None:
    """A start is on the wire of one node, another one looks on; work() steps somebody's clock."""
    stage.warm()
    slow = stage.fault_on_start("delay_after", times=None, seconds=0.7)
    node(**PATIENT)
    stage.file(4)
    wait_until(lambda: stage.hits(slow) >= 1, "a start is on the wire")
    work()
    wait_until(stage.is_drained, "all is done", 20)


@pytest.mark.faults
@pytest.mark.timed
@ON_POSTGRESQL
@pytest.mark.parametrize("ahead", [600, -600, DAY] if IS_LONG else [600])
def test_t3_a_node_whose_clock_goes_wrong_breaks_no_lease(stage, node, ahead):
    in_flight(stage, node, lambda: node(ahead=ahead, **PATIENT))
    assert stage.judge().harm == UNHARMED
    assert len(stage.starts()) == 4
    assert stage.count(Delivery.attempts > 1) == 0

