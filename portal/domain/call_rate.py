"""Calls a second of an app, for all processes together: each call takes its turn in a table first.

A share of the limit for each process would need to know who is there, would be wrong while that
changes, and would slow down the one process that has all the work. A turn costs one small write,
as counting the call does, and no more than the limit a second.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from portal.domain.provider import Kind, ProviderError
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import PortalSetting

# Between a turn and the call's arrival over there: turns of so many seconds may meet in one.
MARGIN = 0.2
# This part of the limit may go at once; the rest follows evenly, so that never more than the
# limit arrive within any second: burst + (1 + MARGIN) / gap = limit.
BURST_PART = 3


def turns(provider: str) -> Callable[[float], None]:
    """A function that waits for this app's turn to make one call, at most so many seconds.

    It raises ProviderError("deadline", retry) where the turn would come later, or where the
    database is too busy to give any: nothing was sent.
    """
    limit = current_app.config[f"{provider.upper()}_CALLS_A_SECOND"]

    def wait(longest: float) -> None:
        try:
            seconds = _take(provider, limit, longest)
        except IntegrityError:  # another process made the row just now
            seconds = _take(provider, limit, longest)
        except OperationalError:
            seconds = None
        if seconds is None:
            raise ProviderError(provider, "deadline", _("等待调用的轮次超时"), Kind.RETRY)
        time.sleep(seconds)

    return wait


def _take(provider: str, limit: int, longest: float) -> float | None:
    """Take the next turn; the seconds until it comes, None (and none taken) when that is late.

    The row holds when the next turn is, if all before it came evenly.
    """
    burst = limit // BURST_PART
    gap = timedelta(seconds=(1 + MARGIN) / (limit - burst))
    key = f"calls:{provider}"
    # Of its own, and short: a session's transaction is never open while a platform is called.
    with Session(db.engine) as session, session.begin():
        row = session.get(PortalSetting, key, with_for_update=True)
        now = database_now(session)
        turn = max(datetime.fromisoformat(row.value), now) if row else now
        if turn - now > timedelta(seconds=current_app.config["LEASE_SECONDS"]):
            turn = now  # nobody waits that long for one: the database's clock was set back
        seconds = max((turn - (burst - 1) * gap - now).total_seconds(), 0.0)
        if seconds > longest:
            return None
        following = (turn + gap).isoformat()
        if row is None:
            session.add(PortalSetting(key=key, value=following))
        else:
            row.value = following
        return seconds
