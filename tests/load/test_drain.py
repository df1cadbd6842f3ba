"""A full outbox, two `flask jobs`, answers after 50 ms: all of it is sent, nothing twice (G18).

.venv/bin/python -m pytest tests/load/test_drain.py -m load -s
"""

from __future__ import annotations

import os
import time

import pytest

from tests.faults.databases import fresh
from tests.faults.judge import UNHARMED, judge
from tests.faults.processes import wait_until
from tests.load.nodes import Process, processor_seconds
from tests.load.stage import ground
from tests.servers import postgresql_server

__all__ = ["postgresql_server"]
pytestmark = pytest.mark.load

ROWS = 2000 if os.environ.get("PORTAL_TESTS_LONG") else 200
NODES = 2
ANSWER_SECONDS = 0.05
MOST_SECONDS = 600.0
PATIENCE = 0.01
JOBS = ["flask", "--app", "wsgi", "jobs"]
# Else it is the platform's limit that is measured: 10 calls a second, in the long run.
UNLIMITED = {"DINGTALK_CALLS_A_SECOND": "100000", "DINGTALK_MONTHLY_CALLS": "1000000"}


def test_two_nodes_drain_a_full_outbox(
    postgresql_server, sandbox, migrated, password_hash, tmp_path, tmp_path_factory, figures
):
    database = fresh(postgresql_server, tmp_path_factory.getbasetemp())
    with ground(tmp_path, migrated, password_hash, database, 0, sandbox, **UNLIMITED) as found:
        world = found.world
        world.prepare()
        world.match()
        filed = [world.file() for _number in range(ROWS)]
        sandbox.fault("delay", "/", times=None, seconds=ANSWER_SECONDS)
        nodes = [Process(JOBS, found.environment, tmp_path / f"jobs{n}.log") for n in range(NODES)]
        try:
            wait_until(sandbox.cards, "the first row is sent", 60)
            begun, there = time.monotonic(), len(sandbox.cards())
            while (left := ROWS - len(sandbox.cards())) > 0:
                assert time.monotonic() - begun < MOST_SECONDS
                time.sleep(left * PATIENCE)  # looking all the time would be what keeps it busy
            wall = time.monotonic() - begun
            used = sum(processor_seconds(node.pid) for node in nodes)
            wait_until(lambda: judge(world, filed).harm == UNHARMED, "every answer is kept", 60)
            stops = [node.stop() for node in nodes]
        finally:
            for node in nodes:
                node.end()
        rate = (ROWS - there) / wall
        figures.say(
            f"{ROWS} rows, {NODES} nodes, answers after {ANSWER_SECONDS * 1000:.0f} ms",
            f"{rate:.0f}/s",
            f"processor {used / ROWS * 1000:.0f} ms a row, starts of the nodes included; "
            f"stopped within {max(stops):.1f} s",
        )
        assert len(sandbox.cards()) == ROWS
        assert max(stops) <= figures.goal("stop_seconds")
        assert rate >= figures.goal("drain_rows_a_second")
