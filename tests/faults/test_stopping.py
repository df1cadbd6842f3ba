"""P8: SIGTERM. The row in hand is finished, no new one is taken, exit 0 within 15 s."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

from portal.models import Delivery, DeliveryState
from tests.faults.conftest import ON_DATABASES_AT_NIGHT
from tests.faults.judge import UNHARMED
from tests.faults.processes import end, start_python, wait_until

ORDINARY = ("-m", "flask", "--app", "wsgi", "jobs")
WITHOUT_STOPPING = ("-m", "tests.faults.sabotaged", "jobs", "stopping")
THREADS = 4


@pytest.fixture
def jobs_command(stage):
    """jobs_command(*arguments, **settings): the command as its own process."""
    processes = []

    def start(*arguments: str, **settings: str) -> subprocess.Popen:
        own = {f"PORTAL_{name}": value for name, value in settings.items()}
        process = start_python(*arguments, env=os.environ | stage.environment | own)
        processes.append(process)
        return process

    yield start
    for process in processes:
        end(process)


def terminated_at_work(stage, process) -> int:
    """SIGTERM with many rows still due; answers the starts that followed it."""
    wait_until(lambda: len(stage.starts()) >= THREADS, "work is going on")
    process.send_signal(signal.SIGTERM)
    before = len(stage.starts())
    began = time.monotonic()
    assert process.wait(20) == 0
    assert time.monotonic() - began < 15
    return len(stage.starts()) - before


def busy(stage) -> None:
    stage.warm()
    stage.fault_on_start("delay", times=None, seconds=0.3)
    stage.file(28)


@pytest.mark.faults
@pytest.mark.timed
@ON_DATABASES_AT_NIGHT
def test_sigterm_finishes_the_rows_in_hand_and_takes_no_other(stage, jobs_command):
    busy(stage)
    # Each thread may have a row in hand, and one more of which the signal was too late.
    assert terminated_at_work(stage, jobs_command(*ORDINARY)) <= 2 * THREADS
    assert stage.count(Delivery.state == DeliveryState.SENDING) == 0
    assert stage.count(Delivery.state == DeliveryState.QUEUED) >= 28 - 4 * THREADS
    stage.sandbox.control("faults", method="DELETE")
    stage.worker()
    stage.drain()
    assert stage.judge().harm == UNHARMED
    assert len(stage.starts()) == 28


@pytest.mark.sabotage
def test_without_stopping_it_goes_on_to_the_last_row(stage, jobs_command):
    busy(stage)
    assert terminated_at_work(stage, jobs_command(*WITHOUT_STOPPING)) > 2 * THREADS


@pytest.mark.faults
@pytest.mark.timed
@ON_DATABASES_AT_NIGHT
def test_sigterm_leaves_a_row_that_takes_too_long_to_its_lease(stage, jobs_command):
    stage.warm()
    fault = stage.fault_on_start("delay_after", seconds=40)
    stage.file()
    slow = jobs_command(*ORDINARY, HTTP_TIMEOUT="60", SETTLE_SECONDS="61", LEASE_SECONDS="310")
    wait_until(lambda: stage.hits(fault) == 1, "the start is on the wire")
    began = time.monotonic()
    slow.send_signal(signal.SIGTERM)
    assert slow.wait(20) == 0
    assert time.monotonic() - began < 15
    stage.world.pass_time(311)
    stage.worker()
    stage.drain()
    numbers = stage.judge()
    assert numbers.harm == UNHARMED
    assert numbers.recovered == 1
