"""A PostgreSQL session."""

from __future__ import annotations

import psycopg
from flask_babel import gettext as _
from psycopg.pq import TransactionStatus

from portal.kit.databases.errors import TargetError, TargetErrorKind
from portal.kit.databases.line import Blocker
from portal.kit.databases.postgresql import asking, failing, identifying
from portal.kit.databases.postgresql.connecting import connect
from portal.kit.databases.postgresql.draining import run
from portal.kit.databases.target import Limits, Target

CANCEL_SECONDS = 5.0


class PostgresLine:
    """See line.Line."""

    enforces_statement_limit = True

    def __init__(self, target: Target, name: str, limits: Limits) -> None:
        self._target = target
        self._connected = connect(target, name, limits)
        self._connection = self._connected.connection
        self._address = self._connection.info.hostaddr
        self._pid = self._connection.info.backend_pid
        try:
            with self._connected.guard.within(limits.connect):
                self.server_id = asking.identity(self._connection)
                self.server_identity = identifying.server_identity(self._connection)
        except psycopg.Error as error:
            failure = failing.connect_failure(error, target.password)
        else:
            return
        self.close()
        raise failure

    @property
    def is_open(self) -> bool:
        return not (self._connection.closed or self._connection.broken)

    def begin(self) -> None:
        run(self._connection, "BEGIN")

    def is_in_transaction(self) -> bool:
        return self._connection.info.transaction_status != TransactionStatus.IDLE

    def transaction_id(self) -> str:
        return asking.current_transaction(self._connection)

    def run(self, sql: str) -> int | None:
        return run(self._connection, sql).rows

    def commit(self) -> None:
        # PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK, and no error.
        if run(self._connection, "COMMIT").tag == "ROLLBACK":
            message = _("事务中有语句失败，数据库已回滚整个事务。")
            raise TargetError(TargetErrorKind.REFUSED, "25P02", message)

    def rollback(self) -> bool:
        run(self._connection, "ROLLBACK")
        return True

    def failure(self, error: Exception, asked: TargetErrorKind | None) -> TargetError:
        return failing.failure(error, self._target.password, asked, is_lost=not self.is_open)

    def cancel(self) -> None:
        failure = None
        try:
            self._connection.cancel_safe(timeout=CANCEL_SECONDS)
        except psycopg.Error as error:
            failure = failing.connect_failure(error, self._target.password)
        if failure is not None:
            raise failure

    def blockers(self) -> list[Blocker]:
        return asking.blockers(self._target, self._address, self._pid)

    def cut(self) -> None:
        self._connected.guard.cut()

    def close(self) -> None:
        self._connected.close()
