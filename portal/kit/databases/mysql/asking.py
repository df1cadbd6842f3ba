"""Questions about MySQL sessions, from connections of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

import pymysql

from portal.kit.databases.errors import TargetError
from portal.kit.databases.mysql.connecting import Connected, connect, connect_to
from portal.kit.databases.mysql.failing import connect_failure
from portal.kit.databases.target import Limits, Target
from portal.kit.databases.whose import Whose

NAME = "portal-watch"
SHORT = Limits(connect=3, statement=3, lock=3)
"""For questions beside a running statement."""
NO_SUCH_SESSION = 1094  # ER_NO_SUCH_THREAD

Answer = TypeVar("Answer")

# Connection ids start anew with the server. Host and port of the client as the server sees them
# tell two sessions with one id apart; every account may see its own rows.
_IDENTITY = """\
SELECT LEFT(CONCAT(id, '@', host), 64) FROM information_schema.processlist WHERE id = %s"""
# server_uid is of the hardware, and not in every MariaDB.
_SERVER = """\
SHOW VARIABLES WHERE variable_name IN
('server_uuid', 'server_uid', 'server_id', 'hostname', 'port', 'datadir')"""


def identity(connection: pymysql.Connection) -> str:
    """This session's server_id."""
    mark = first(connection, _IDENTITY % "CONNECTION_ID()")
    return mark or first(connection, "SELECT CAST(CONNECTION_ID() AS CHAR)")


def server_identity(connection: pymysql.Connection) -> str:
    """The server itself: MySQL's own UUID; MariaDB has none and is known by where it stands."""
    known = {_text(name): _text(value) for name, value in rows(connection, _SERVER)}
    if uuid := known.get("server_uuid"):
        return uuid
    return hashlib.sha256(repr(sorted(known.items())).encode()).hexdigest()


def longest_packet(connection: pymysql.Connection) -> int:
    """Bytes of the longest statement that the server takes."""
    return int(first(connection, "SELECT @@max_allowed_packet"))


def is_running(target: Target, whose: Whose, limits: Limits) -> bool:
    """Whether that very session still exists."""

    def exists(connection: pymysql.Connection) -> bool:
        whose.check(lambda: server_identity(connection))
        return _exists(connection, whose.server_id)

    return ask(target, connect(target, NAME, limits), exists)


def stop(target: Target, whose: Whose, limits: Limits) -> bool:
    """End that session, its transaction undone; False when it had ended before."""
    kill = f"KILL {number(whose.server_id)}"

    def end(connection: pymysql.Connection) -> bool:
        whose.check(lambda: server_identity(connection))
        return _exists(connection, whose.server_id) and _kill(connection, kill)

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
    except TargetError as error:
        failure = error
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
    return _text(found[0][0]) if found else ""


def number(server_id: str) -> int:
    """The connection id in a server_id."""
    return int(server_id.partition("@")[0])


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


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
