"""The organisation's monthly calls, counted and shown; polling.py plans them."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from flask import current_app
from sqlalchemy.exc import IntegrityError, OperationalError

from portal.domain.app_health import QUOTA_ZONE
from portal.extensions import db
from portal.kit.clock import utc_now
from portal.models import ApiUsage

log = logging.getLogger(__name__)
# Calls of this process, by provider, month and name, that could not be written down yet.
_uncounted: Counter[tuple[str, str, str]] = Counter()
_guard = threading.Lock()


def month_of(moment: datetime) -> str:
    """ "2026-11", where the platform's months end."""
    return moment.astimezone(QUOTA_ZONE).strftime("%Y-%m")


def limit_of(provider: str) -> int | None:
    """The organisation's calls a month, None where the platform has no such limit."""
    return current_app.config.get(f"{provider.upper()}_MONTHLY_CALLS")


def counter(provider: str) -> Callable[[str], None]:
    """A function that counts one call by its name, in a small transaction of its own.

    It never raises for a busy database: the platform's answer, which comes with the call, must
    not be lost over its count. What could not be written is added with the next call.
    """

    def count(call: str) -> None:
        key = (provider, month_of(utc_now()), call)
        with _guard:
            number = _uncounted.pop(key, 0) + 1
        try:
            _add(key, number)
        except OperationalError:
            log.warning("%s: calls are counted later, the database is busy", provider)
            with _guard:
                _uncounted[key] += number

    return count


def _add(key: tuple[str, str, str], number: int) -> None:
    row = dict(zip(("provider", "month", "call"), key, strict=True))
    if _raised(row, number):
        return
    try:
        with db.engine.begin() as connection:
            connection.execute(db.insert(ApiUsage).values(**row, count=number))
    except IntegrityError:  # another node was first to count this call this month
        _raised(row, number)


def _raised(row: dict[str, str], number: int) -> bool:
    with db.engine.begin() as connection:
        done = connection.execute(
            db.update(ApiUsage).filter_by(**row).values(count=ApiUsage.count + number)
        )
        return done.rowcount == 1


def month_use(provider: str) -> tuple[int, int | None]:
    """Counted calls of this month, and the limit."""
    used = db.session.scalar(
        db.select(db.func.coalesce(db.func.sum(ApiUsage.count), 0)).filter_by(
            provider=provider, month=month_of(utc_now())
        )
    )
    return int(used), limit_of(provider)
