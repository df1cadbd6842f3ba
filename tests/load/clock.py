"""A clock that is put forward: the portal's, its database's and the sandbox's in this process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from unittest import mock

import time_machine
from flask import Flask
from sqlalchemy import event

from portal.extensions import db

FORM = "%Y-%m-%d %H:%M:%f"


class SimulatedTime:
    """Runs on by itself, as ever; and is put forward between two pieces of work."""

    def __init__(self, traveller: time_machine.Traveller):
        self._traveller = traveller

    def now(self) -> datetime:
        return datetime.now(UTC)

    def move_to(self, moment: datetime) -> None:
        """Never back: what took longer than foreseen has taken so long."""
        if moment > self.now():
            self._traveller.move_to(moment)


@contextmanager
def simulated(app: Flask, start: datetime) -> Iterator[SimulatedTime]:
    """Until the end of the block.

    time-machine leaves the monotonic clock alone, by which the portal knows how old its token is.
    """
    monotonic = mock.patch("time.monotonic", time.time)
    with time_machine.travel(start, tick=True) as traveller, monotonic:
        with app.app_context():
            event.listen(db.engine, "connect", _teach)
            db.engine.dispose()
        yield SimulatedTime(traveller)


def _teach(connection, _record) -> None:
    """SQLite asks the operating system for "now", past every other stand-in."""
    connection.create_function("strftime", 2, _strftime)


def _strftime(form: str, moment: str) -> str:
    if (form, moment) != (FORM, "now"):
        raise ValueError(f"strftime({form!r}, {moment!r}) is not simulated")
    now = datetime.now(UTC)
    return f"{now:%Y-%m-%d %H:%M:%S}.{now.microsecond // 1000:03}"
