"""What MySQL's and MariaDB's errors mean for whoever asked for the statement."""

from __future__ import annotations

import pymysql

from portal.kit.databases.errors import TargetError, TargetErrorKind, under_statement, without

_CANCELED = 1317  # ER_QUERY_INTERRUPTED
_PREVENTED = 1290  # ER_OPTION_PREVENTS_STATEMENT: read_only, but secure_file_priv and others too
# https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html
# https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference
_KINDS = {
    1205: TargetErrorKind.LOCKED,  # row locks and metadata locks alike
    1969: TargetErrorKind.TIMEOUT,  # MariaDB, max_statement_time
    3024: TargetErrorKind.TIMEOUT,  # MySQL, max_execution_time
    1792: TargetErrorKind.READ_ONLY,  # in a READ ONLY transaction
    1836: TargetErrorKind.READ_ONLY,  # read only mode
    1045: TargetErrorKind.CREDENTIALS,  # access denied, using password
    1130: TargetErrorKind.CREDENTIALS,  # this host may not connect
    1698: TargetErrorKind.CREDENTIALS,  # access denied, no password
    1820: TargetErrorKind.CREDENTIALS,  # the password must be changed first
    1862: TargetErrorKind.CREDENTIALS,  # the password has expired
    3118: TargetErrorKind.CREDENTIALS,  # MySQL, the account is locked
    4151: TargetErrorKind.CREDENTIALS,  # MariaDB, the account is locked
}
# The connection ends with these, whatever became of the statement.
_LOST = frozenset({1053, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 2006, 2013, 2014, 2055, 4031})


def connect_failure(error: Exception, password: str, is_late: bool) -> TargetError:
    """Why there is no session; nothing of the caller's was sent. is_late: our time was over."""
    code, message = _words(error, password)
    if is_late:
        return TargetError(TargetErrorKind.UNREACHABLE, "timeout", message)
    # From 2000 on the codes are the client's own: the server said nothing.
    if not code.isdecimal() or 2000 <= int(code) < 3000:
        return TargetError(TargetErrorKind.UNREACHABLE, "connect", message)
    return TargetError(_KINDS.get(int(code), TargetErrorKind.REFUSED), code, message)


def failure(
    error: Exception, password: str, asked: TargetErrorKind | None, is_lost: bool
) -> TargetError:
    """What an error under a statement means. asked: why we asked to stop it, if we did."""
    code, message = _words(error, password)
    number = int(code) if code.isdecimal() else 0
    if is_lost or not number or number in _LOST:
        return TargetError(TargetErrorKind.LOST, code, message)
    if number == _CANCELED:
        return TargetError(asked or TargetErrorKind.CANCELED, code, message)
    if number == _PREVENTED and "read" in message.replace("_", "-").lower():
        return TargetError(TargetErrorKind.READ_ONLY, code, message)
    kind = _KINDS.get(number, TargetErrorKind.REFUSED)
    return TargetError(under_statement(kind), code, message)


def _words(error: Exception, password: str) -> tuple[str, str]:
    """Code and sentence. Only MySQL's own errors are quoted: others may hold anything."""
    if isinstance(error, pymysql.MySQLError) and error.args and isinstance(error.args[0], int):
        sentence = str(error.args[1]) if len(error.args) > 1 else ""
        if error.args[0]:
            return str(error.args[0]), without(password, sentence)
    return "lost", type(error).__name__
