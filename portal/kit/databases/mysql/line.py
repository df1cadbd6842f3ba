"""A MySQL or MariaDB session."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.kit.databases.errors import TargetError, TargetErrorKind
from portal.kit.databases.line import Blocker
from portal.kit.databases.mysql import asking, failing
from portal.kit.databases.mysql.blocking import blockers
from portal.kit.databases.mysql.connecting import connect
from portal.kit.databases.mysql.draining import Draining
from portal.kit.databases.mysql.driver import is_in_transaction
from portal.kit.databases.target import Limits, Target

NOT_ALL_UNDONE = 1196  # ER_WARNING_NOT_COMPLETE_ROLLBACK


class MysqlLine:
    """See line.Line."""

    def __init__(self, target: Target, name: str, limits: Limits) -> None:
        self._target = target
        self._connected = connect(target, name, limits, raw=True)
        self._connection = self._connected.connection
        self._knows_status = True
        # MySQL's own limit is for SELECT only.
        self.enforces_statement_limit = self._connected.is_mariadb
        try:
            with self._connected.guard.within(limits.connect):
                self.server_id = asking.identity(self._connection)
                self.server_identity = asking.server_identity(self._connection)
                self._longest = asking.longest_packet(self._connection)
        except Exception as error:  # noqa: BLE001  a broken connection raises anything
            failure = failing.connect_failure(error, target.password, is_late=False)
        else:
            return
        self.close()
        raise failure

    @property
    def is_open(self) -> bool:
        return self._connection.open

    def begin(self) -> None:
        self._connection.begin()
        self._knows_status = True

    def is_in_transaction(self) -> bool:
        if not self._knows_status:
            self._connection.ping()
            self._knows_status = True
        return is_in_transaction(self._connection)

    def transaction_id(self) -> str:
        return ""

    def run(self, sql: str) -> int | None:
        # The server would end the connection over it, and leave us without an answer.
        if len(sql.encode()) >= self._longest:
            message = _("语句超过数据库允许的长度（max_allowed_packet）。")
            raise TargetError(TargetErrorKind.REFUSED, "1153", message)
        cursor = Draining(self._connection)
        try:
            return cursor.run(sql)
        finally:
            self._knows_status = cursor.tells_status
            cursor.forget()

    def commit(self) -> None:
        self._connection.commit()
        self._knows_status = True

    def rollback(self) -> bool:
        with self._connection.cursor() as cursor:
            cursor.execute("ROLLBACK")
            self._knows_status = True
            # The list itself may still be an earlier statement's.
            if not cursor.warning_count:
                return True
        codes = {int(code) for _level, code, _message in self._connection.show_warnings()}
        # An empty list beside a count: the server keeps none (max_error_count = 0).
        return bool(codes) and NOT_ALL_UNDONE not in codes

    def failure(self, error: Exception, asked: TargetErrorKind | None) -> TargetError:
        return failing.failure(error, self._target.password, asked, is_lost=not self.is_open)

    def cancel(self) -> None:
        asking.cancel(self._target, self._connected.address, self.server_id)

    def blockers(self) -> list[Blocker]:
        return blockers(self._target, self._connected.address, self.server_id)

    def cut(self) -> None:
        self._connected.guard.cut()

    def close(self) -> None:
        self._connected.close()
