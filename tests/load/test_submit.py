"""Eight writers at a web node: each answer is a ticket and its outbox row, none is locked (G17).

.venv/bin/python -m pytest tests/load/test_submit.py -m load -s
"""

from __future__ import annotations

import os

import pytest

from tests.faults.databases import fresh
from tests.load.filing import Submitter
from tests.load.measure import asker, at_once
from tests.load.nodes import Node, processor_seconds
from tests.load.stage import bare_page, ground, signed_in
from tests.servers import postgresql_server

__all__ = ["postgresql_server"]
pytestmark = pytest.mark.load

WRITERS = 8
SECONDS = 60.0 if os.environ.get("PORTAL_TESTS_LONG") else 4.0


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_each_answer_is_a_ticket_and_its_outbox_row(
    kind, request, migrated, password_hash, tmp_path, tmp_path_factory, figures
):
    database = None
    if kind != "sqlite":
        server = request.getfixturevalue(f"{kind}_server")
        database = fresh(server, tmp_path_factory.getbasetemp())
    log = tmp_path / "node.log"
    with (
        ground(tmp_path, migrated, password_hash, database, tickets=0) as found,
        bare_page(tmp_path) as bare,
    ):
        node = Node(found.environment, log)
        try:
            node.ready()
            before = found.counts()
            cookie, token = signed_in(node.base, "creator")
            used = processor_seconds(node.pid)
            crowd = at_once(
                WRITERS, SECONDS, lambda: Submitter(node.base, cookie, token, found.source)
            )
            used = processor_seconds(node.pid) - used
        finally:
            node.end()
        idle = at_once(WRITERS, SECONDS / 2, lambda: asker(bare, "/"))
        after = found.counts()
    filed = len(crowd.seconds)
    figures.say(
        f"filing, {WRITERS} writers, {kind}",
        f"{crowd.rate:.0f}/s",
        f"bare page {idle.rate:.0f}/s, ratio {idle.rate / crowd.rate:.0f}; "
        f"p50 {crowd.p50 * 1000:.0f} ms, p99 {crowd.p99 * 1000:.0f} ms, "
        f"processor {used / filed * 1000:.0f} ms a ticket",
    )
    assert crowd.bad == []
    assert after == (before[0] + filed, before[1] + filed)
    assert "locked" not in log.read_text()
    assert used / filed <= figures.goal("filing_processor_seconds")
