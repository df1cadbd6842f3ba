"""An hour of reading, filing, delivering and deciding: no process grows, nothing stays open (G20).

PORTAL_TESTS_LONG=1 .venv/bin/python -m pytest tests/load/test_soak.py -m load -s
PORTAL_TESTS_SOAK_MINUTES: how long on each database, by default 60, and at least 6.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.extensions import db
from portal.models import Approval, ApprovalState, Member, StepKind, TicketStep
from tests.faults.databases import PortalDatabase, fresh
from tests.load.filing import LIST, Submitter
from tests.load.measure import Times, asker, at_once
from tests.load.nodes import Node, Process
from tests.load.stage import Ground, ground, signed_in
from tests.load.watch import Watch, open_files, resident_bytes
from tests.servers import postgresql_server
from tests.world import Sandbox

__all__ = ["postgresql_server"]
pytestmark = [
    pytest.mark.load,
    pytest.mark.skipif(
        not os.environ.get("PORTAL_TESTS_LONG"),
        reason="memory that leaks shows in an hour only: PORTAL_TESTS_LONG=1",
    ),
]

SECONDS = float(os.environ.get("PORTAL_TESTS_SOAK_MINUTES") or 60) * 60
READERS, READ_PAUSE = 4, 0.3
# A ticket takes up to two decisions: cards must not pile up, since looking at more takes more.
FILE_PAUSE, DECIDE_PAUSE = 1.0, 0.3
LOOK_SECONDS = 5.0
TICKETS = 1000
JOBS = ["flask", "--app", "wsgi", "jobs"]
# One decided card in so many is refused.
REFUSED = 3


def paced(request: Callable[[], int], pause: float) -> Callable[[], int]:
    """The same, after a rest."""

    def ask() -> int:
        time.sleep(pause)
        return request()

    return ask


class Deciders:
    """The people over there: one card after the other is agreed to or refused."""

    def __init__(self, found: Ground, sandbox: Sandbox):
        self._found, self._sandbox = found, sandbox
        self.decided = 0
        with found.app.app_context():  # those of the seed are not over there
            self._last = db.session.scalar(db.select(db.func.max(Approval.id))) or 0

    def __call__(self) -> int:
        """Press once, if a card waits; answers a status as a request does."""
        card = self._next()
        if card is not None:
            self._last, external_id, person = card
            button = "refuse" if self.decided % REFUSED == 0 else "agree"
            self._sandbox.press(external_id, button, f"ding-{person}")
            self.decided += 1
        return 200

    def _next(self) -> tuple[int, str, str] | None:
        with self._found.app.app_context():
            db.session().read_only()
            return db.session.execute(
                db.select(Approval.id, Approval.external_id, Member.username)
                .join(Approval.step)
                .join(TicketStep.assignees)
                .join(Member)
                .where(
                    Approval.id > self._last,
                    Approval.state == ApprovalState.PENDING,
                    Approval.external_id.is_not(None),
                    TicketStep.kind == StepKind.AUDIT,
                )
                .order_by(Approval.id)
                .limit(1)
            ).first()


def connections(database: PortalDatabase | None) -> int:
    """How many the server has from the portal; 0 for a file."""
    if database is None:
        return 0
    asked = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database.name}'"
    return database.server.query("postgres", asked)[0][0]


def wal_bytes(found: Ground) -> int:
    """SQLite's log of what is not in the database file yet."""
    log = Path(f"{found.world.database_file}-wal")
    return log.stat().st_size if log.is_file() else 0


def live(found: Ground, node: Node, sandbox: Sandbox, seconds: float) -> tuple[Times, Deciders]:
    """A company at work."""
    reader, _token = signed_in(node.base, "lead")
    writer, token = signed_in(node.base, "creator")
    deciders = Deciders(found, sandbox)
    clients = [paced(asker(node.base, LIST, reader), READ_PAUSE) for _reader in range(READERS)]
    clients.append(paced(Submitter(node.base, writer, token, found.source), FILE_PAUSE))
    clients.append(paced(deciders, DECIDE_PAUSE))
    return at_once(len(clients), seconds, iter(clients).__next__), deciders


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_hour_leaves_no_process_larger(
    kind, request, sandbox, migrated, password_hash, tmp_path, tmp_path_factory, figures
):
    database = None
    if kind != "sqlite":
        server = request.getfixturevalue(f"{kind}_server")
        database = fresh(server, tmp_path_factory.getbasetemp())
    calls = {"DINGTALK_MONTHLY_CALLS": "1000000"}
    with ground(tmp_path, migrated, password_hash, database, TICKETS, sandbox, **calls) as found:
        found.world.prepare()
        found.world.match()
        logs = [tmp_path / "node.log", tmp_path / "jobs.log"]
        node = Node(found.environment, logs[0])
        jobs = Process(JOBS, found.environment, logs[1])
        looks = {
            "web_bytes": lambda: resident_bytes(node.pid),
            "jobs_bytes": lambda: resident_bytes(jobs.pid),
            "web_files": lambda: open_files(node.pid),
            "jobs_files": lambda: open_files(jobs.pid),
            "connections": lambda: connections(database),
            "wal_bytes": lambda: wal_bytes(found),
        }
        try:
            node.ready()
            before = found.counts()
            with Watch(LOOK_SECONDS, **looks) as watch:
                crowd, deciders = live(found, node, sandbox, SECONDS)
        finally:
            jobs.end()
            node.end()
        filed = found.counts()[0] - before[0]
    for name in ("web", "jobs"):
        memory, files = watch[f"{name}_bytes"], watch[f"{name}_files"]
        figures.say(
            f"{SECONDS / 60:.0f} min, {kind}, {name}",
            f"{memory.growth:.3f} x its memory",
            f"{memory.settled() / 2**20:.0f} to {memory.ended() / 2**20:.0f} MiB; "
            f"files {files.settled():.0f} to {files.ended():.0f}",
        )
    figures.say(
        f"{SECONDS / 60:.0f} min, {kind}, work",
        f"{len(crowd.seconds)} requests",
        f"{filed} tickets filed, {deciders.decided} cards decided; at most "
        f"{max(watch['connections'].seen):.0f} connections, WAL at most "
        f"{max(watch['wal_bytes'].seen) / 2**20:.1f} MiB",
    )
    assert crowd.bad == []
    assert filed > 0
    assert deciders.decided > 0
    for name in ("web", "jobs"):
        assert watch[f"{name}_bytes"].growth <= figures.goal("soak_memory_growth")
        files = watch[f"{name}_files"]
        assert files.ended() <= files.settled() + figures.goal("soak_more_files")
    assert max(watch["connections"].seen) <= figures.goal("soak_connections")
    assert max(watch["wal_bytes"].seen) <= figures.goal("soak_wal_bytes")
    for log in logs:
        assert log.stat().st_size <= figures.goal("soak_log_bytes")
        assert "Traceback" not in log.read_text()
