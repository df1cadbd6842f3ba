"""Questions about MySQL sessions, from connections of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pymysql

from portal.kit.databases.mysql.connecting import Connected, connect, connect_to
from portal.kit.databases.mysql.failing import connect_failure
from portal.kit.databases.target import Limits, Target

NAME = "portal-watch"
SHORT = Limits(connect=3, statement=3, lock=3)
"""For questions beside a running statement."""
NO_SUCH_SESSION = 1094  # ER_NO_SUCH_THREAD

Answer = TypeVar("Answer")

# Connection ids start anew with the server. Host and port of the client as the server sees them
# tell two sessions with one id apart; every account may see its own rows.
_IDENTITY = """\
SELECT LEFT(CONCAT(id, '@', host), 64) FROM information_schema.processlist WHERE id = %s"""


def identity(connection: pymysql.Connection) -> str:
    """This session's server_id."""
    mark = first(connection, _IDENTITY % "CONNECTION_ID()")
    return mark or first(connection, "SELECT CAST(CONNECTION_ID() AS CHAR)")


def longest_packet(connection: pymysql.Connection) -> int:
    """Bytes of the longest statement that the server takes."""
    return int(first(connection, "SELECT @@max_allowed_packet"))


def is_running(target: Target, server_id: str, limits: Limits) -> bool:
    """Whether that very session still exists."""
    return ask(target, connect(target, NAME, limits), lambda one: _exists(one, server_id))


def stop(target: Target, server_id: str, limits: Limits) -> bool:
    """End that session, its transaction undone; False when it had ended before."""

    def end(connection: pymysql.Connection) -> bool:
        return _exists(connection, server_id) and _kill(connection, f"KILL {number(server_id)}")

    return ask(target, connect(target, NAME, limits), end)


def cancel(target: Target, address: str, server_id: str) -> None:
    """Ask the server to stop the session's statement. Raises TargetError."""
    connected = connect_to(target, address, NAME, SHORT)
    ask(target, connected, lambda one: _kill(one, f"KILL QUERY {number(server_id)}"))


def ask(
    target: Target, connected: Connected, question: Callable[[pymysql.Connection], Answer]
) -> Answer:
    """One question over a connection that is closed with it. Raises TargetError."""
    try:
        with connected.guard.within(connected.patience):
            return question(connected.connection)
    except Exception as error:  # noqa: BLE001  a broken connection raises anything
        failure = connect_failure(error, target.password, is_late=False)
    finally:
        connected.close()
    raise failure


def rows(connection: pymysql.Connection, query: str) -> list[tuple]:
    """All rows of a query of ours."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def first(connection: pymysql.Connection, query: str) -> str:
    """The first row's first value as text; empty when there is none."""
    found = rows(connection, query)
    value = found[0][0] if found else ""
    return value.decode() if isinstance(value, bytes) else str(value)


def number(server_id: str) -> int:
    """The connection id in a server_id."""
    return int(server_id.partition("@")[0])


def _exists(connection: pymysql.Connection, server_id: str) -> bool:
    return first(connection, _IDENTITY % number(server_id)) == server_id


def _kill(connection: pymysql.Connection, command: str) -> bool:
    try:
        rows(connection, command)
    except pymysql.MySQLError as error:
        if error.args[0] != NO_SUCH_SESSION:
            raise
        return False
    return True
