"""One SQLite file, one machine: looked at before a start, kept up by a beat of each process."""

from __future__ import annotations

import atexit
import logging
import sys
import threading
import time

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from portal.domain import attendance
from portal.domain.attendance import Present
from portal.extensions import db
from portal.kit.console import say

log = logging.getLogger(__name__)
LOOK_SECONDS = 1.0


class OtherMachine(Exception):
    """The database is in use on another machine; its text names it and the cure."""

    def __init__(self, other: Present):
        super().__init__(
            f"this SQLite database is in use on another machine, {other.host} "
            f"({other.seconds:.0f} s ago). SQLite serves one machine: several need PostgreSQL or "
            "MySQL in PORTAL_DATABASE_URL. If that machine is gone for good, start again in "
            f"{attendance.STALE.total_seconds():.0f} s"
        )


def check(app: Flask, patient: bool) -> None:
    """Make sure, before anything is written, that no other machine uses this SQLite file.

    patient: a machine that has said so lately may be gone (this one, restarted, say): wait and
    see whether it says so again, at most until it is stale. Raises OtherMachine.
    """
    others = _others(app)
    if not others:
        return
    if not patient:
        raise OtherMachine(others[0])
    say(
        f"portal: {others[0].host} has used this database {others[0].seconds:.0f} s ago; "
        "waiting to see whether it still does",
        sys.stderr,
    )
    seen = {one.name: one.at for one in others}
    ends = time.monotonic() + attendance.STALE.total_seconds() - others[0].seconds
    while time.monotonic() < ends:
        time.sleep(LOOK_SECONDS)
        moved = [one for one in _others(app) if one.at != seen.get(one.name)]
        if moved:
            raise OtherMachine(moved[0])


def enter(app: Flask) -> Presence:
    """Say from now on, until the process ends, that it uses the database."""
    presence = Presence(app)
    presence.start()
    return presence


def _is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


def _others(app: Flask) -> list[Present]:
    with app.app_context():
        db.session().read_only()
        try:
            if not _is_sqlite() or not sa.inspect(db.engine).has_table("heartbeat"):
                return []
            return attendance.elsewhere()
        finally:
            db.session.remove()


class Presence:
    """This process's beat, in a thread of its own; nothing where the database is a server."""

    def __init__(self, app: Flask):
        self._app = app
        self._name = attendance.new_name()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="presence", daemon=True)

    def start(self) -> None:
        with self._app.app_context():
            if not _is_sqlite():
                return
        self._write(attendance.beat)
        self._thread.start()
        atexit.register(self.end)

    def end(self) -> None:
        """Leave in good order, so that nobody has to wait for us to be stale."""
        if not self._thread.is_alive() or self._over.is_set():
            return
        self._over.set()
        self._thread.join(attendance.BEAT.total_seconds())
        self._write(attendance.leave)

    def _go_on(self) -> None:
        while not self._over.wait(attendance.BEAT.total_seconds()):
            self._write(attendance.beat)

    def _write(self, act) -> None:
        with self._app.app_context():
            try:
                act(self._name)
                db.session.commit()
            except SQLAlchemyError as error:  # no table before the first migration; a busy file
                db.session.rollback()
                log.warning("presence: %s", type(error).__name__)
            finally:
                db.session.remove()
