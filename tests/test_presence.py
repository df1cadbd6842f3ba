"""SQLite serves one machine: a start on another is refused, one that is gone locks nobody out."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from portal import presence
from portal.domain import attendance
from portal.extensions import db
from portal.kit import machines
from portal.kit.clock import database_now
from portal.models import Heartbeat
from tests.browser.processes import running
from tests.servers_tools import free_port

THERE = "process:0123456789ab:00000000"


def write(app, age: float, name: str = THERE, host: str = "db-host-2") -> None:
    """Another process has said so many seconds ago that it is there."""
    with app.app_context():
        at = database_now(db.session) - timedelta(seconds=age)
        db.session.merge(Heartbeat(name=name, at=at, host=host))
        db.session.commit()
        db.session.remove()


def names(app) -> list[str]:
    with app.app_context():
        found = db.session.scalars(db.select(Heartbeat.name)).all()
        db.session.remove()
        return found


def test_another_machines_process_stops_a_start_at_once(app):
    write(app, age=5)
    with pytest.raises(presence.OtherMachine) as refused:
        presence.check(app, patient=False)
    for word in ("db-host-2", "PostgreSQL", "MySQL", "PORTAL_DATABASE_URL"):
        assert word in str(refused.value)


def test_a_machine_that_was_seen_long_ago_stops_nobody(app):
    write(app, age=61)
    presence.check(app, patient=False)


def test_a_second_process_of_this_machine_may_start_whatever_its_container_is_called(app):
    name = f"process:{machines.identity()}:00000000"
    write(app, age=1, name=name, host="container-4711")
    presence.check(app, patient=False)


def test_a_patient_start_waits_for_a_machine_that_is_gone(app, monkeypatch, capsys):
    """A machine that was reset has another identity: it must not lock itself out."""
    monkeypatch.setattr(presence, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(attendance, "STALE", timedelta(seconds=1.2))
    write(app, age=0.5)
    presence.check(app, patient=True)
    assert "db-host-2" in capsys.readouterr().err


def test_a_patient_start_is_refused_once_the_other_one_moves(app, monkeypatch):
    monkeypatch.setattr(presence, "LOOK_SECONDS", 0.05)
    write(app, age=2)
    beat = threading.Timer(0.3, write, (app, 0))
    beat.start()
    with pytest.raises(presence.OtherMachine, match="db-host-2"):
        presence.check(app, patient=True)
    beat.join()


def test_a_clock_that_goes_ahead_over_there_locks_nobody_out(app, monkeypatch):
    monkeypatch.setattr(presence, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(attendance, "STALE", timedelta(seconds=0.5))
    write(app, age=-7200)
    presence.check(app, patient=True)


def test_a_process_says_that_it_is_there_until_it_leaves(app):
    write(app, age=500)
    here = presence.enter(app)
    [mine] = names(app)
    assert mine.startswith(f"process:{machines.identity()}:")
    here.end()
    assert names(app) == []


def test_a_portal_does_not_start_beside_another_machines(app, tmp_path):
    """The real start, under the one sentence."""
    write(app, age=-3600)  # never stale, and renewed while it looks
    over = threading.Event()

    def goes_on():
        while not over.wait(0.5):
            write(app, age=-3600)

    other = threading.Thread(target=goes_on)
    other.start()
    settings = {
        "PORTAL_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "PORTAL_SECRET_KEY": "a key for this test only",
        "PORTAL_ENCRYPTION_KEYS": ",".join(app.config["ENCRYPTION_KEYS"]),
        "PORTAL_PORT": str(free_port()),
    }
    log = tmp_path / "log"
    try:
        with (
            pytest.raises(AssertionError, match="ended before"),
            running(["wsgi.py"], settings, "Portal: ", log),
        ):
            pass
    finally:
        over.set()
        other.join()
    *_waited, last = log.read_text().splitlines()
    assert last.startswith("portal: this SQLite database is in use on another machine, db-host-2")
