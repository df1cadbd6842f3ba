"""Questions about PostgreSQL sessions, from connections of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import psycopg

from portal.kit.databases.errors import TargetError
from portal.kit.databases.line import Blocker
from portal.kit.databases.postgresql.connecting import Connected, connect, connect_to
from portal.kit.databases.postgresql.failing import connect_failure
from portal.kit.databases.postgresql.identifying import server_identity
from portal.kit.databases.target import Limits, Target
from portal.kit.databases.whose import Whose

NAME = "portal-watch"
SHORT = Limits(connect=3, statement=3, lock=3)
"""For questions beside a running statement."""
NAMED = 3  # blockers at most
HAS_XID8 = 130000  # since this version; the older functions may go one day

Answer = TypeVar("Answer")

# The backend's start in microseconds: process ids come back, never at the same time.
_MARK = "(extract(epoch FROM backend_start) * 1000000)::bigint::text"
_IDENTITY = f"SELECT pid || '@' || {_MARK} FROM pg_stat_activity WHERE pid = pg_backend_pid()"  # noqa: S608  a constant
# A connection pool keeps sessions alive whose client is gone, and gives them to others under
# other names. Another role's session shows no start: it is taken for ours while pid and name fit.
_SESSION = f"""
    FROM pg_stat_activity
    WHERE pid || '@' || coalesce({_MARK}, split_part(%(server_id)s, '@', 2)) = %(server_id)s
    AND (%(name)s = '' OR left(application_name, 63) = left(%(name)s, 63))"""
_BLOCKERS = """
    SELECT pid::text, usename, host(client_addr), state,
           extract(epoch FROM clock_timestamp() - xact_start)::bigint
    FROM pg_stat_activity WHERE pid = ANY(pg_blocking_pids(%s)) ORDER BY xact_start LIMIT %s"""


def identity(connection: psycopg.Connection) -> str:
    """This session's server_id."""
    return connection.execute(_IDENTITY).fetchone()[0]


def current_transaction(connection: psycopg.Connection) -> str:
    """The open transaction's id, made now if need be; empty outside of a transaction."""
    if connection.info.transaction_status != psycopg.pq.TransactionStatus.INTRANS:
        return ""
    function = "pg_current_xact_id" if _has_xid8(connection) else "txid_current"
    return connection.execute(f"SELECT {function}()::text").fetchone()[0]


def blockers(target: Target, address: str, pid: int) -> list[Blocker]:
    """Who keeps this session waiting. Others' states show to their owner and pg_monitor."""
    connected = connect_to(target, address, NAME, SHORT)
    found = ask(target, connected, lambda one: _rows(one, _BLOCKERS, (pid, NAMED)))
    return [_blocker(*row) for row in found]


def is_running(target: Target, whose: Whose, limits: Limits) -> bool:
    """Whether that very session still exists, under its name."""
    return bool(_of_session(target, "SELECT 1", whose, limits))


def stop(target: Target, whose: Whose, limits: Limits) -> bool:
    """End that session, its transaction undone; whether the server said that it will."""
    found = _of_session(target, "SELECT pg_terminate_backend(pid)", whose, limits)
    return bool(found and found[0][0])


def transaction_outcome(
    target: Target, transaction_id: str, whose: Whose, limits: Limits
) -> str | None:
    """committed, aborted, in progress; None when the server does not know (any more)."""
    if not transaction_id.isdecimal():
        return None

    def status(connection: psycopg.Connection) -> str | None:
        whose.check(lambda: server_identity(connection))
        return _status(connection, transaction_id)

    try:
        return ask(target, connect(target, NAME, limits), status)
    except TargetError as error:
        # "transaction ID … is in the future": another server, or one set back by a restore.
        if error.code in {"22023", "22003", "identity"}:
            return None
        raise


def ask(
    target: Target, connected: Connected, question: Callable[[psycopg.Connection], Answer]
) -> Answer:
    """One question over a connection that is closed with it. Raises TargetError."""
    try:
        with connected.guard.within(connected.patience):
            return question(connected.connection)
    except TargetError as error:
        failure = error
    except (psycopg.Error, UnicodeError) as error:
        failure = connect_failure(error, target.password)
    finally:
        connected.close()
    raise failure


def _of_session(target: Target, query: str, whose: Whose, limits: Limits) -> list[tuple]:
    values = {"server_id": whose.server_id, "name": whose.name}

    def question(connection: psycopg.Connection) -> list[tuple]:
        whose.check(lambda: server_identity(connection))
        return _rows(connection, query + _SESSION, values)

    return ask(target, connect(target, NAME, limits), question)


def _status(connection: psycopg.Connection, transaction_id: str) -> str | None:
    newer = "SELECT pg_xact_status(%s::text::xid8)"
    query = newer if _has_xid8(connection) else "SELECT txid_status(%s::text::bigint)"
    return _rows(connection, query, (transaction_id,))[0][0]


def _rows(connection: psycopg.Connection, query: str, values: tuple | dict) -> list[tuple]:
    return connection.execute(query, values).fetchall()


def _blocker(
    pid: str, user: str | None, host: str | None, state: str | None, seconds: int | None
) -> Blocker:
    return Blocker(pid, user or "", host or "", state or "", seconds)


def _has_xid8(connection: psycopg.Connection) -> bool:
    return connection.info.server_version >= HAS_XID8
