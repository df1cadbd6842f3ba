"""Transactions that the database gives up for the sake of another one: they are done again (D7)."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError

from portal.extensions import db

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")
TRIES = 3
LONGEST_PAUSE = 0.2
# PostgreSQL: serialization failure, deadlock, lock timeout.
_SQLSTATES = {"40001", "40P01", "55P03"}
# MySQL and MariaDB: lock wait timeout, deadlock.
_NUMBERS = {1205, 1213}
_SQLITE_BUSY = 5


def is_conflict(error: OperationalError) -> bool:
    """Whether nothing is wrong but that somebody else was in the way: all of it is undone."""
    cause = error.orig
    if getattr(cause, "sqlstate", None) in _SQLSTATES:
        return True
    if getattr(cause, "sqlite_errorcode", 0) & 0xFF == _SQLITE_BUSY:
        return True
    return bool(cause.args) and cause.args[0] in _NUMBERS


def repeated(
    checkpoint: Callable[[], None], work: Callable[..., Answer], *arguments
) -> Answer:
    """work(*arguments) and its commit, as one transaction, done again after a conflict.

    work reads by plain values whatever it needs, and calls nobody outside: a platform's answer
    that is in hand must not be lost over a deadlock. checkpoint: the entrance's commit.
    """
    for left in reversed(range(TRIES)):
        try:
            answer = work(*arguments)
            checkpoint()
            return answer
        except OperationalError as error:
            db.session.rollback()
            if not left or not is_conflict(error):
                raise
            log.info("%s: a conflict in the database, once more", work.__name__)
        # Full jitter: those who have met must not meet again.
        time.sleep(random.uniform(0, LONGEST_PAUSE))  # noqa: S311
    raise AssertionError
