"""1,000,000 tickets: list, search and 待我处理 within twice their time at 10,000.

    PORTAL_TESTS_LONG=1 .venv/bin/python -m pytest tests/load/test_million.py -m load -s

The short form goes to 50,000. Both times are of one run, on one database that grows in
between, asked over HTTP as browsers ask. Seconds are the processor's, of the web node and the
database server together, so that a busy machine tells the same as an idle one.
"""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from portal.kit.clock import utc_now
from tests.faults.databases import PortalDatabase, fresh
from tests.load.measure import Line
from tests.load.multiply import multiply
from tests.load.nodes import Node, processor_seconds
from tests.load.stage import ground, signed_in
from tests.servers import postgresql_server

__all__ = ["postgresql_server"]
pytestmark = pytest.mark.load

IS_LONG = bool(os.environ.get("PORTAL_TESTS_LONG"))
FIRST = 10_000
GROWTH = 100 if IS_LONG else 5
WARM_UP, TURNS = 2, 40 if IS_LONG else 7
LIST = "/projects/pay/tickets"
PEOPLE = ("lead", "creator", "boss")
LONG_AGO = (utc_now() - timedelta(days=360)).date()
# Who asks for what.
PAGES = {
    "list": ("lead", LIST),
    "list, deep": ("lead", f"{LIST}?before=2000"),
    "list, its last page": ("lead", f"{LIST}?before=15"),
    "待审核": ("lead", f"{LIST}?status=wait_for_audit"),
    "待上线": ("lead", f"{LIST}?status=wait_for_execution"),
    "上线成功": ("lead", f"{LIST}?status=finished"),
    "上线失败, of which there is none": ("lead", f"{LIST}?status=exec_failed"),
    "search, words of many": ("lead", f"{LIST}?keyword=%E7%B4%A2%E5%BC%95"),
    "search, words of none": ("lead", f"{LIST}?keyword=nothing"),
    "search, a number": ("lead", f"{LIST}?keyword=%2315"),
    "search, creator": ("lead", f"{LIST}?creator=dev7"),
    "search, creator of nothing": ("lead", f"{LIST}?creator=boss"),
    "search, creator and state": ("lead", f"{LIST}?creator=dev7&status=rejected"),
    "search, waits for": ("lead", f"{LIST}?assignee=operator"),
    "search, waits for nobody's": ("lead", f"{LIST}?assignee=boss"),
    "search, data source": ("lead", f"{LIST}?datasource={{source}}"),
    "search, days long ago": ("lead", f"{LIST}?created_from={LONG_AGO}&created_to={LONG_AGO}"),
    "待我处理, of an approver": ("lead", "/"),
    "待我处理, of a creator": ("creator", "/"),
    "待我处理, of nobody's": ("boss", "/"),
}


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path_factory) -> PortalDatabase | None:
    if request.param == "sqlite":
        return None
    server = request.getfixturevalue(f"{request.param}_server")
    return fresh(server, tmp_path_factory.getbasetemp())


def seconds_of_pages(node: Node, database: PortalDatabase | None, source: str) -> dict[str, float]:
    """Processor seconds of one request for each page, the node's and the database server's."""
    pids = [node.pid, *([database.server.pid] if database else [])]
    lines = {name: Line(node.base, signed_in(node.base, name)[0]) for name in PEOPLE}
    found = {}
    for title, (who, path) in PAGES.items():
        address = path.format(source=source)
        for turn in range(WARM_UP + TURNS):
            if turn == WARM_UP:
                before = sum(map(processor_seconds, pids))
            assert lines[who].get(address) == 200
        found[title] = (sum(map(processor_seconds, pids)) - before) / TURNS
    return found


def test_no_list_gets_slow_with_the_years(
    database, migrated, password_hash, figures, tmp_path, request
):
    kind = request.node.callspec.params["database"]
    with ground(tmp_path, migrated, password_hash, database, FIRST) as found:
        node = Node(found.environment, tmp_path / "node.log", workers=1)
        try:
            node.ready()
            few = seconds_of_pages(node, database, found.source)
            with found.app.app_context():
                multiply(GROWTH)
            many = seconds_of_pages(node, database, found.source)
        finally:
            node.end()
    ratios = {title: many[title] / few[title] for title in PAGES}
    for title, ratio in ratios.items():
        figures.say(
            f"{title}, {FIRST * GROWTH:,} tickets, {kind}",
            f"{many[title] * 1000:.1f} ms",
            f"processor time, ratio to {FIRST:,} tickets: {ratio:.2f}",
        )
    goal = figures.goal("growth_ratio")
    assert {title: ratio for title, ratio in ratios.items() if ratio > goal} == {}
