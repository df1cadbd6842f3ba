"""Which processes use the database, and on which machine. SQLite serves one machine only.

WAL needs memory that all processes share: on two machines it tears the file apart, unnoticed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.extensions import db
from portal.kit import machines
from portal.kit.clock import database_now
from portal.models import Heartbeat

# A process says that it is there so often; one that has not for STALE is gone.
BEAT = timedelta(seconds=10)
STALE = timedelta(seconds=60)
PREFIX = "process:"


@dataclass(frozen=True)
class Present:
    """A process that is there, or was a moment ago. seconds: since it last said so."""

    name: str
    host: str
    at: datetime
    seconds: float


def new_name() -> str:
    """What this process is called in the table: its machine, and something of its own."""
    return f"{PREFIX}{machines.identity()}:{secrets.token_hex(4)}"


def beat(name: str) -> None:
    """Say that this process is there, and forget those that are long gone."""
    now = database_now(db.session)
    db.session.execute(
        db.delete(Heartbeat).where(
            Heartbeat.name.startswith(PREFIX),
            Heartbeat.name != name,
            Heartbeat.at < now - 2 * STALE,
        )
    )
    db.session.merge(Heartbeat(name=name, at=now, host=machines.name()))


def leave(name: str) -> None:
    """This process ends in good order."""
    db.session.execute(db.delete(Heartbeat).where(Heartbeat.name == name))


def elsewhere() -> list[Present]:
    """The processes on other machines that are not stale, the latest first.

    A clock that goes ahead makes one look younger than now; whether it moves tells the truth.
    """
    now = database_now(db.session)
    mine = f"{PREFIX}{machines.identity()}:"
    rows = db.session.scalars(
        db.select(Heartbeat)
        .where(
            Heartbeat.name.startswith(PREFIX),
            ~Heartbeat.name.startswith(mine),
            Heartbeat.at > now - STALE,
        )
        .order_by(Heartbeat.at.desc())
    )
    return [
        Present(row.name, row.host, row.at, max(0.0, (now - row.at).total_seconds()))
        for row in rows
    ]
