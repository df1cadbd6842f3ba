"""How PyMySQL is to behave, and what a fresh session is told."""

from __future__ import annotations

import math

import pymysql
from flask_babel import gettext as _
from pymysql.constants import SERVER_STATUS

from portal.kit.databases.errors import TargetError, TargetErrorKind
from portal.kit.databases.target import Limits, Target

WARNINGS_KEPT = 64  # the server's own default
UNKNOWN_VARIABLE = 1193  # ER_UNKNOWN_SYSTEM_VARIABLE


class RefuseClearText:
    """PyMySQL's answer to a server that wants the password itself: libmysql refuses as well."""

    def __init__(self, connection: pymysql.Connection) -> None:
        self._connection = connection

    def authenticate(self, _packet: object) -> None:
        # The client's code for an authentication method that it does not have.
        raise pymysql.OperationalError(2059, "the server asks for the password in clear text")


def is_mariadb(connection: pymysql.Connection) -> bool:
    """MariaDB, which says so in its greeting, rather than MySQL."""
    return "mariadb" in connection.server_version.lower()


def driver(target: Target, name: str, raw: bool, plain: bool) -> pymysql.Connection:
    """Not connected yet. raw: rows come as bytes; plain: without TLS."""
    decoding = {"use_unicode": False, "conv": {}} if raw else {}
    return pymysql.Connection(
        host=target.host,
        port=target.actual_port,
        user=target.username,
        # As bytes: PyMySQL would put it into latin1, and into the error when it does not fit.
        password=target.password.encode(),
        database=target.schema or target.database or None,
        charset="utf8mb4",
        autocommit=True,
        local_infile=False,
        program_name=name,
        ssl_disabled=plain,
        auth_plugin_map=dict.fromkeys(("mysql_clear_password", "dialog"), RefuseClearText),
        defer_connect=True,
        **decoding,
    )


def prepare(connection: pymysql.Connection, limits: Limits) -> None:
    """Autocommit, and our limits on the server's side.

    Raises pymysql.MySQLError, or TargetError when the server keeps to transactions of its own.
    """
    lock = max(math.ceil(limits.lock), 1)
    settings = [
        # The server may have run init_connect after the login, which PyMySQL knows nothing of;
        # and rollback() reads the list of warnings.
        f"autocommit = 1, max_error_count = {WARNINGS_KEPT}",
        f"lock_wait_timeout = {lock}",
        f"innodb_lock_wait_timeout = {lock}",
    ]
    if is_mariadb(connection):
        settings.append(f"max_statement_time = {limits.statement}")
    else:
        settings.append(f"max_execution_time = {math.ceil(limits.statement * 1000)}")
    with connection.cursor() as cursor:
        for setting in settings:
            try:
                cursor.execute(f"SET SESSION {setting}")
            except pymysql.MySQLError as error:
                # A server older than the setting, or without InnoDB.
                if error.args[0] != UNKNOWN_VARIABLE:
                    raise
        cursor.execute("SELECT @@session.autocommit")
        ((is_on,),) = cursor.fetchall()
    if is_in_transaction(connection):  # an init_connect that begins one
        connection.commit()
    if int(is_on) != 1 or is_in_transaction(connection):
        message = _("数据库不接受自动提交（autocommit），没有执行任何语句。")
        raise TargetError(TargetErrorKind.REFUSED, "autocommit", message)


def is_in_transaction(connection: pymysql.Connection) -> bool:
    """What the server's last packet with a status said; also when one begins by itself."""
    status = connection.server_status
    is_open = status & SERVER_STATUS.SERVER_STATUS_IN_TRANS
    return bool(is_open) or not status & SERVER_STATUS.SERVER_STATUS_AUTOCOMMIT
