"""The purse that looks at open cards are paid from, kept in a row that all nodes share."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from portal.domain.working_hours import after, weighed
from portal.extensions import db
from portal.models import Approval, PortalSetting


@dataclass
class Purse:
    """calls: what is in it, below nothing where somebody has overdrawn it.

    filled_at, looked_at: when that was done last. next_at: when the next look is in turn; every
    card that was open when the purse was filled was put off until then.
    """

    calls: float
    filled_at: datetime
    looked_at: datetime
    next_at: datetime

    def fill(self, flow: float, most: float, now: datetime) -> None:
        """flow: calls for a second of working time. most: what it is filled up to."""
        more = flow * weighed(self.filled_at, now)
        self.calls = max(self.calls, min(most, self.calls + more))
        self.filled_at = now

    def plan(self, price: float, flow: float, longest_wait: float, now: datetime) -> None:
        """Say when the next look is in turn: when it can be paid, or has waited long enough."""
        missing = price - self.calls
        self.next_at = now
        if missing > 0:
            self.next_at = max(now, after(self.looked_at, longest_wait))
            if flow * longest_wait > missing:  # else it would come later than that
                self.next_at = min(self.next_at, after(now, missing / flow))

    def is_asked(self, due: Sequence[Approval]) -> bool:
        """Whether somebody wants to know: one of these, put off till the turn, is due before it."""
        known = (one for one in due if one.started_at <= self.filled_at)
        return any(one.next_poll_at < self.next_at for one in known)

    def written(self) -> str:
        return json.dumps(asdict(self), default=datetime.isoformat)


def take(provider: str, welcome: Callable[[], float], now: datetime) -> tuple[PortalSetting, Purse]:
    """This provider's row, locked, and what it says. welcome: how many calls are in a new one."""
    key = f"polls:{provider}"
    row = _locked(key)
    if row is None:
        with suppress(IntegrityError), db.session.begin_nested():  # another node makes it now
            value = Purse(welcome(), now, now, now).written()
            db.session.add(PortalSetting(key=key, value=value))
        row = _locked(key)
    kept = json.loads(row.value)
    filled_at, looked_at, next_at = (
        datetime.fromisoformat(kept[name]) for name in ("filled_at", "looked_at", "next_at")
    )
    # What is to come was before the database's clock was set back.
    return row, Purse(kept["calls"], min(filled_at, now), min(looked_at, now), next_at)


def _locked(key: str) -> PortalSetting | None:
    return db.session.get(PortalSetting, key, with_for_update=True, populate_existing=True)
