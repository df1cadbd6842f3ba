"""One live connection to a target database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from flask_babel import gettext as _

from portal.kit.databases.errors import TargetError, TargetErrorKind
from portal.kit.databases.line import Blocker, Line
from portal.kit.databases.target import Limits
from portal.kit.databases.watch import Watch

Result = TypeVar("Result")


class Session:
    """Autocommit unless begin() was said. One thread uses it; any may interrupt() it.

    server_id  identifies the session on its server for good: the number that people see there
               (pg_backend_pid(), CONNECTION_ID()), "@", and a mark that no later session with
               the same number shares; at most 64 characters; empty for SQLite
    server_identity  identifies the server: the same after its restart, another on any other
               server or after a failover; at most 128 characters

    SQL is never interpreted here: no formatting, no splitting, one statement a call, sent byte
    for byte. Every method raises TargetError.
    """

    def __init__(self, line: Line, limits: Limits) -> None:
        self.server_id = line.server_id
        self.server_identity = line.server_identity
        self._line = line
        self._limits = limits
        # Held while somebody asks to stop, so that no asking outlives its statement and hits
        # the next one.
        self._gate = threading.Lock()
        self._is_running = False
        self._asked: TargetErrorKind | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def begin(self) -> None:
        """Open a transaction (SQLite: one that writes, so that it waits for its lock now)."""
        self._do(self._line.begin)

    def is_in_transaction(self) -> bool:
        """Whether what was executed is not kept yet: a transaction is open on the server.

        Whoever opened it: begin(), or a statement (BEGIN, SET autocommit = 0, CALL …). After
        begin(), False says that something ended the transaction. As the server itself told
        with its last answer; MySQL is asked where that answer does not say it.
        """
        return self._do(self._line.is_in_transaction)

    def transaction_id(self) -> str:
        """What transaction_outcome() takes; PostgreSQL inside begin() only, else empty."""
        return self._do(self._line.transaction_id)

    def execute(self, sql: str) -> int | None:
        """Run exactly one statement; rows changed, or found when it answers with rows.

        None when the statement has no rows at all (DDL); MySQL says 0 there, as to everybody.
        The rows themselves are read and thrown away one by one.
        """
        _check_text(sql)
        with self._gate:
            self._is_running, self._asked = True, None
        try:
            return self._do(lambda: self._line.run(sql))
        finally:
            with self._gate:
                self._is_running = False

    def commit(self) -> None:
        """End the transaction. LOST: nobody knows, ask transaction_outcome().

        REFUSED when the server rolled it back because a statement in it had failed.
        """
        self._do(self._line.commit)

    def rollback(self) -> bool:
        """Undo the transaction; False when the server says that not all could be undone.

        (MySQL: tables without transactions. Its DDL commits by itself, without a word.)
        """
        return self._do(self._line.rollback)

    def interrupt(self) -> None:
        """Ask to stop the statement that runs now; without one, nothing. Thread-safe.

        execute() then raises CANCELED, or returns when the statement was quicker. Raises
        TargetError when the server could not be asked; it is asked again by itself then.
        """
        self._ask(TargetErrorKind.CANCELED)

    def close(self) -> None:
        """Let go of the connection; an open transaction is undone by the server."""
        self._line.close()

    def _end_in_time(self) -> None:
        self._ask(TargetErrorKind.TIMEOUT)

    def _reason(self) -> TargetErrorKind | None:
        return self._asked if self._is_running else None

    def _ask(self, why: TargetErrorKind) -> None:
        with self._gate:
            if self._is_running:
                self._asked = self._asked or why
                self._line.cancel()

    def _do(self, work: Callable[[], Result]) -> Result:
        if not self._line.is_open:
            message = _("会话已断开，这条语句没有发送。")
            raise TargetError(TargetErrorKind.UNREACHABLE, "closed", message)
        watch = Watch(self._line, self._limits, self._end_in_time, self._reason)
        try:
            with watch:
                return work()
        except TargetError as error:
            failure = error
        except Exception as error:  # noqa: BLE001  whatever a driver raises, the outcome is said
            failure = self._line.failure(error, self._reason())
        if failure.kind is TargetErrorKind.LOCKED:
            message = " ".join([failure.message, *map(_said, watch.blockers)])
            failure = TargetError(failure.kind, failure.code, message)
        elif failure.kind is TargetErrorKind.LOST:
            self._line.close()
        # Outside of the except blocks: a driver's error may hold the connection's arguments.
        raise failure


def _check_text(sql: str) -> None:
    # libpq would silently send what stands before a NUL; half a character cannot be sent.
    try:
        sql.encode()
    except UnicodeEncodeError:
        message = _("语句含有不完整的字符，没有发送。")
    else:
        message = _("语句含有空字符（NUL），没有发送。") if "\0" in sql else ""
    if message:
        raise TargetError(TargetErrorKind.REFUSED, "text", message)


def _said(blocker: Blocker) -> str:
    facts = {
        "session": blocker.session,
        "user": blocker.user or "?",
        "host": blocker.host or "?",
        "state": blocker.state or "?",
    }
    if blocker.is_likely:
        said = _("可能被会话 %(session)s 阻塞（用户 %(user)s，来自 %(host)s）：%(state)s", **facts)
    else:
        said = _("被会话 %(session)s 阻塞（用户 %(user)s，来自 %(host)s）：%(state)s", **facts)
    if blocker.seconds is None:
        return said
    return _("%(said)s，已 %(seconds)d 秒", said=said, seconds=blocker.seconds)
