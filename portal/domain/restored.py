"""That this database was restored from a backup: its tickets may be ahead of it elsewhere.

Whatever the old database did after the backup, it does not know: a ticket that waits may have
been put online meanwhile. So the tickets from before are put online on their own page only,
where a warning stands, and never from a card.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from portal.extensions import db
from portal.models import PortalSetting, Ticket

KEY = "restored"


@dataclass(frozen=True)
class Restoration:
    """The last one. at, backup_at: UTC. last_ticket: the highest id that was in the backup."""

    at: datetime
    backup_at: datetime
    last_ticket: int


def last() -> Restoration | None:
    """None for a database that was never restored."""
    row = db.session.get(PortalSetting, KEY)
    if row is None:
        return None
    kept = json.loads(row.value)
    at, backup_at = (datetime.fromtimestamp(kept[name], UTC) for name in ("at", "backup_at"))
    return Restoration(at, backup_at, kept["last_ticket"])


def remember(at: datetime, backup_at: datetime) -> None:
    """From here on the tickets that are there now are from before."""
    newest = db.session.scalar(db.select(db.func.max(Ticket.id))) or 0
    kept = {"at": at.timestamp(), "backup_at": backup_at.timestamp(), "last_ticket": newest}
    db.session.merge(PortalSetting(key=KEY, value=json.dumps(kept)))
    db.session.flush()


def since(ticket: Ticket) -> Restoration | None:
    """The restoration that this ticket is older than."""
    restoration = last()
    return restoration if restoration and ticket.id <= restoration.last_ticket else None
