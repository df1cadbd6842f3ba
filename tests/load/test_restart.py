"""Two nodes behind nginx, restarted one after the other under load: no request fails (G23).

    .venv/bin/python -m pytest tests/load/test_restart.py -m load -s

nginx has the very server that README shows. The judge of the cards is the far side's own store.
"""

from __future__ import annotations

import http.client
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from portal.extensions import db
from portal.models import Ticket
from tests.faults.databases import fresh
from tests.faults.judge import UNHARMED, judge
from tests.faults.processes import wait_until
from tests.load.filing import LIST, Submitter
from tests.load.measure import Line, Times
from tests.load.nginx import Nginx
from tests.load.nodes import Node, Process, processor_seconds
from tests.load.stage import Ground, ground, signed_in
from tests.servers import postgresql_server
from tests.servers_tools import find_program

__all__ = ["postgresql_server"]
pytestmark = pytest.mark.load

READERS, WRITERS = 4, 2
BETWEEN = 0.5
TICKETS = 200
JOBS = ["flask", "--app", "wsgi", "jobs"]


class Reader:
    """As a browser: what went out on a kept connection that was just closed is asked once more."""

    again = 0

    def __init__(self, base: str, cookie: str):
        self._line = Line(base, cookie)

    def __call__(self) -> int:
        try:
            return self._line.get(LIST)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            Reader.again += 1
            return self._line.get(LIST)


@contextmanager
def under_load(clients: list[Callable[[], int]]) -> Iterator[list[Times]]:
    """They ask again and again until the end of the block. What goes wrong is a bad status 0."""
    over = threading.Event()
    found = [Times() for _client in clients]

    def ask(client: Callable[[], int], times: Times) -> None:
        while not over.is_set():
            try:
                times.add(client)
            except (OSError, http.client.HTTPException) as error:
                times.bad.append(0)
                print(f"\nno answer: {error!r}")

    threads = [threading.Thread(target=ask, args=pair) for pair in zip(clients, found, strict=True)]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        over.set()
        for thread in threads:
            thread.join()


@pytest.fixture
def nodes(postgresql_server, sandbox, migrated, password_hash, tmp_path, tmp_path_factory):
    """Two web nodes, two `flask jobs`, nginx, and what they stand on."""
    try:
        find_program("nginx")
    except LookupError as error:
        pytest.skip(str(error))
    database = fresh(postgresql_server, tmp_path_factory.getbasetemp())
    settings = {"TRUSTED_PROXIES": "1", "FEISHU_STARTS_A_MINUTE": "100000"}
    with ground(tmp_path, migrated, password_hash, database, TICKETS, sandbox, **settings) as found:
        started = []
        try:
            web = [Node(found.environment, tmp_path / f"node{n}.log") for n in (1, 2)]
            started += web
            started += [Process(JOBS, found.environment, tmp_path / f"jobs{n}.log") for n in (1, 2)]
            for node in web:
                node.ready()
            nginx = Nginx(tmp_path, [node.address for node in web])
            started.append(nginx)
            yield found, nginx, web
        finally:
            for one in reversed(started):
                one.end()


def reload_code(node: Node) -> None:
    """SIGHUP: new workers at the same socket, then the old ones end what they have in hand."""
    before = node.workers()
    node.signal(signal.SIGHUP)
    wait_until(
        lambda: len(node.workers()) == len(before) and not before & node.workers(),
        "all workers are new",
        40,
    )


def start_anew(node: Node, nginx: Nginx) -> tuple[float, float, float]:
    """Out of nginx, SIGTERM, start, in again.

    The seconds of its stop, of its start, and those of the processor that a worker's start took.
    """
    nginx.reload(down=[node.address])
    stopping = node.stop()
    node.start()
    starting = node.ready()
    used = processor_seconds(node.pid) / len(node.workers())
    nginx.reload()
    return stopping, starting, used


def filed_tickets(found: Ground) -> list[int]:
    """Ids of what was filed beside what was there before."""
    with found.app.app_context():
        db.session().read_only()
        return list(db.session.scalars(db.select(Ticket.id).where(Ticket.id > TICKETS)))


def test_a_rolling_restart_loses_no_request(nodes, figures):
    found, nginx, web = nodes
    before = found.counts()
    reader, _token = signed_in(nginx.base, "lead")
    writer, token = signed_in(nginx.base, "creator")
    writers = [
        Submitter(nginx.base, writer, token, found.source, keeps=False) for _n in range(WRITERS)
    ]
    readers = [Reader(nginx.base, reader) for _n in range(READERS)]
    seconds = []
    begun = time.monotonic()
    with under_load([*writers, *readers]) as times:
        time.sleep(BETWEEN)
        for node in web:
            reload_code(node)
            time.sleep(BETWEEN)
        for node in web:
            seconds.append(start_anew(node, nginx))
            time.sleep(BETWEEN)
    wall = time.monotonic() - begun
    filed = sum(len(one.seconds) - len(one.bad) for one in times[:WRITERS])
    read = sum(len(one.seconds) for one in times[WRITERS:])
    figures.say(
        "two reloads and two restarts under load",
        f"{sum(len(one.bad) for one in times)} failed",
        f"{read} pages and {filed} tickets in {wall:.0f} s; {Reader.again} pages asked again on "
        "a fresh connection",
    )
    stops, starts, used = zip(*seconds, strict=True)
    figures.say("a node stops within", f"{max(stops):.1f} s", "under load, taken out of nginx")
    remark = f"processor {min(used):.1f} s a worker"
    figures.say("a node answers within", f"{min(starts):.1f} s", remark)
    assert [one.bad for one in times] == [[] for _one in times], nginx.complaints()
    assert min(filed, read) >= figures.goal("restart_requests")
    assert found.counts() == (before[0] + filed, before[1] + filed)
    ids = filed_tickets(found)
    assert len(ids) == filed
    wait_until(lambda: len(found.world.open_cards()) >= filed, "every card is over there", 120)
    wait_until(lambda: judge(found.world, ids).harm == UNHARMED, "every answer is kept", 60)
    assert max(stops) <= figures.goal("stop_seconds")
    assert min(used) <= figures.goal("start_seconds")
