"""The ticket list with 50,000 tickets, and filing, beside a bare page of the same minute.

    .venv/bin/python -m pytest tests/load/test_pages.py -m load -s

On SQLite, and with PORTAL_TESTS_LONG=1 on PostgreSQL, too.

Requests to the page and to the bare page take turns, so that whatever else the machine does
falls on both alike. Both are served by waitress with the same threads; the portal with its
scheduler and a sandbox that gets the cards, started as `python wsgi.py` starts it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

import pytest

from tests.faults.databases import fresh
from tests.load.filing import LIST, Submitter
from tests.load.measure import Times, at_once
from tests.load.stage import TICKETS, stage
from tests.servers import postgresql_server

__all__ = ["postgresql_server"]
pytestmark = pytest.mark.load
IS_LONG = bool(os.environ.get("PORTAL_TESTS_LONG"))

IN_TURN, OTHERS_IN_TURN, FILED_IN_TURN, WARM_UP = 300, 100, 100, 5
READERS, WRITERS = 16, 8
SECONDS = 6.0


@pytest.fixture(scope="module", params=["sqlite", *(["postgresql"] if IS_LONG else [])])
def portal(request, tmp_path_factory, migrated, password_hash):
    database = None
    if request.param != "sqlite":
        server = request.getfixturevalue(f"{request.param}_server")
        database = fresh(server, tmp_path_factory.getbasetemp())
    with stage(tmp_path_factory.mktemp("load"), migrated, password_hash, database) as found:
        yield found


def in_turn(number: int, own: Callable[[], int], bare: Callable[[], int]) -> tuple[Times, Times]:
    """So many requests of both kinds, after a few that warm both up."""
    for _round in range(WARM_UP):
        own()
        bare()
    owns, bares = Times(), Times()
    for _round in range(number):
        bares.add(bare)
        owns.add(own)
    return owns, bares


@pytest.mark.parametrize(
    ("title", "path", "number"),
    [
        ("ticket list", LIST, IN_TURN),
        ("ticket list, last page", f"{LIST}?before=15", OTHERS_IN_TURN),
        ("ticket list, words that nothing has", f"{LIST}?keyword=nothing", OTHERS_IN_TURN),
        ("dashboard", "/", OTHERS_IN_TURN),
    ],
)
def test_a_list_is_quick_with_fifty_thousand_tickets(portal, figures, title, path, number):
    cookie, _token = portal.signed_in("lead")
    times, bare = in_turn(number, portal.asker(path, cookie), portal.bare_asker())
    assert (times.bad, bare.bad) == ([], [])
    ratios = figures.compare(title, times, bare)
    assert ratios["p50"] <= figures.goal("list_p50_ratio")
    assert ratios["p99"] <= figures.goal("list_p99_ratio")


def test_the_list_stays_up_with_sixteen_readers(portal, figures):
    cookie, _token = portal.signed_in("creator")
    bare = at_once(READERS, SECONDS / 2, portal.bare_asker)
    times = at_once(READERS, SECONDS, lambda: portal.asker(LIST, cookie))
    assert (times.bad, bare.bad) == ([], [])
    ratios = figures.compare(f"ticket list, {READERS} at once", times, bare)
    figures.say(
        f"ticket list, {READERS} at once, rate",
        f"{times.rate:.0f}/s",
        f"bare page {bare.rate:.0f}/s, ratio to bare page: 1/{bare.rate / times.rate:.0f}",
    )
    assert ratios["p99"] <= figures.goal("crowded_list_p99_ratio")


def test_filing_is_quick_and_each_answer_is_a_ticket(portal, figures):
    cookie, token = portal.signed_in("creator")
    tickets, deliveries = portal.counts()
    submitter = Submitter(portal.portal, cookie, token, portal.source)
    times, bare = in_turn(FILED_IN_TURN, submitter, portal.bare_asker())
    assert (times.bad, bare.bad) == ([], [])
    ratios = figures.compare("filing a ticket", times, bare)
    one_more = partial(Submitter, portal.portal, cookie, token, portal.source)
    crowd = at_once(WRITERS, SECONDS, one_more)
    assert crowd.bad == []
    figures.compare(f"filing, {WRITERS} at once", crowd, bare)
    figures.say(f"filing, {WRITERS} at once, rate", f"{crowd.rate:.0f}/s", "no ratio")

    filed = WARM_UP + len(times.seconds) + len(crowd.seconds)
    assert tickets == TICKETS
    assert portal.counts() == (tickets + filed, deliveries + filed)
    assert ratios["p50"] <= figures.goal("filing_p50_ratio")
    assert ratios["p99"] <= figures.goal("filing_p99_ratio")
