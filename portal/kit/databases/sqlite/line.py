"""A SQLite file as a target: opened only where it is, and kept to itself."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from portal.kit.databases.errors import TargetError, TargetErrorKind
from portal.kit.databases.line import Blocker
from portal.kit.databases.sqlite import failing
from portal.kit.databases.sqlite.opening import identity, open_file
from portal.kit.databases.target import Limits, Target

STEPS = 10_000  # of SQLite's machine between two looks at whether to stop; well under 1 ms
STEP_SECONDS = 0.1  # of one wait for a lock: SQLite cannot be interrupted in it

Result = TypeVar("Result")


class SqliteLine:
    """See line.Line."""

    server_id = ""
    enforces_statement_limit = False

    def __init__(self, target: Target, limits: Limits) -> None:
        self._lock_seconds = limits.lock
        self._is_stopped = False
        self._connection = open_file(target, min(limits.lock, STEP_SECONDS))
        self.server_identity = identity(target)
        self.is_open = True
        self._connection.set_progress_handler(self._should_stop, STEPS)

    def begin(self) -> None:
        # At once: a transaction that reads first cannot wait for the lock later.
        self._run("BEGIN IMMEDIATE")

    def is_in_transaction(self) -> bool:
        return self._connection.in_transaction

    def transaction_id(self) -> str:
        return ""

    def run(self, sql: str) -> int | None:
        before = self._connection.total_changes
        cursor = self._run(sql)
        found = sum(1 for _row in cursor)
        if cursor.description is not None:
            return found
        if cursor.rowcount >= 0:
            return cursor.rowcount
        # sqlite3 counts for statements that begin with INSERT and the like, not with WITH.
        if self._connection.total_changes == before:
            return None
        return self._connection.execute("SELECT changes()").fetchone()[0]

    def commit(self) -> None:
        self._run("COMMIT")

    def rollback(self) -> bool:
        # A failed statement may have undone everything already (disk full, for one).
        if self._connection.in_transaction:
            self._run("ROLLBACK")
        return True

    def failure(self, error: Exception, asked: TargetErrorKind | None) -> TargetError:
        return failing.failure(error, asked)

    def cancel(self) -> None:
        self._is_stopped = True

    def blockers(self) -> list[Blocker]:
        return []  # a file keeps no list of who has it open

    def cut(self) -> None:
        self._is_stopped = True

    def close(self) -> None:
        self.is_open = False
        self._connection.close()

    def _should_stop(self) -> bool:
        return self._is_stopped

    def _run(self, sql: str) -> sqlite3.Cursor:
        self._is_stopped = False
        return self._patiently(lambda: self._connection.execute(sql))

    def _patiently(self, work: Callable[[], Result]) -> Result:
        """work again until the lock is there: SQLITE_BUSY says that nothing was done."""
        ends = time.monotonic() + self._lock_seconds
        while True:
            try:
                return work()
            except sqlite3.OperationalError as error:
                if not failing.is_locked(error) or time.monotonic() >= ends:
                    raise
            if self._is_stopped:
                raise sqlite3.OperationalError("interrupted")
            time.sleep(STEP_SECONDS / 10)  # SQLITE_LOCKED and a busy snapshot come at once
