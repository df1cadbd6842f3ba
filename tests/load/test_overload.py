"""200 connections at once at one web node: answers stay in order, and so does the node (G19).

.venv/bin/python -m pytest tests/load/test_overload.py -m load -s
"""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter

import pytest

from tests.faults.databases import fresh
from tests.faults.processes import wait_until
from tests.load.filing import LIST, Submitter
from tests.load.measure import Line, asker, at_once
from tests.load.nodes import Node
from tests.load.stage import ground, signed_in
from tests.servers import postgresql_server

__all__ = ["postgresql_server"]
pytestmark = pytest.mark.load

CONNECTIONS = 200
# Of so many connections one files, the others read.
FILING = 10
SECONDS = 30.0 if os.environ.get("PORTAL_TESTS_LONG") else 8.0
ALLOWED = {429, 503}
TICKETS = 1000


def middle(line: Line) -> float:
    """Seconds of a page, the middle of five."""

    def once() -> float:
        begun = time.perf_counter()
        assert line.get(LIST) == 200
        return time.perf_counter() - begun

    return statistics.median(once() for _turn in range(5))


def test_an_overload_is_answered_in_order_and_soon_over(
    postgresql_server, migrated, password_hash, tmp_path, tmp_path_factory, figures
):
    database = fresh(postgresql_server, tmp_path_factory.getbasetemp())
    log = tmp_path / "node.log"
    with ground(tmp_path, migrated, password_hash, database, TICKETS) as found:
        node = Node(found.environment, log)
        try:
            node.ready()
            workers, before = node.workers(), found.counts()
            reader, _token = signed_in(node.base, "lead")
            writer, token = signed_in(node.base, "creator")
            numbers = iter(range(CONNECTIONS))

            def client():
                if next(numbers) % FILING == 0:
                    return Submitter(node.base, writer, token, found.source)
                return asker(node.base, LIST, reader)

            quiet = Line(node.base, reader)
            middle(quiet)
            normal = middle(quiet)
            crowd = at_once(CONNECTIONS, SECONDS, client)
            over = time.monotonic()
            most = normal * figures.goal("overload_normal_ratio")
            wait_until(lambda: middle(quiet) <= most, "a page is as quick as before", 60)
            back = time.monotonic() - over
            assert node.workers() == workers
        finally:
            node.end()
        after = found.counts()
    statuses = Counter(crowd.bad)
    good = len(crowd.seconds) - len(crowd.bad)
    figures.say(
        f"{CONNECTIONS} connections for {SECONDS:.0f} s",
        f"{crowd.rate:.0f}/s",
        f"{good} in order, refused {dict(statuses)}; p50 {crowd.p50:.1f} s, p99 {crowd.p99:.1f} s; "
        f"as before after {back:.1f} s",
    )
    assert set(statuses) <= ALLOWED
    assert good >= CONNECTIONS
    assert after[0] - before[0] == after[1] - before[1] > 0
    assert "WORKER TIMEOUT" not in log.read_text()
    assert back <= figures.goal("overload_back_to_normal_seconds")
