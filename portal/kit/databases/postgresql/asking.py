"""Questions about PostgreSQL sessions, from connections of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import psycopg

from portal.kit.databases.errors import TargetError
from portal.kit.databases.line import Blocker
from portal.kit.databases.postgresql.connecting import Connected, connect, connect_to
from portal.kit.databases.postgresql.failing import connect_failure
from portal.kit.databases.target import Limits, Target

NAME = "portal-watch"
SHORT = Limits(connect=3, statement=3, lock=3)
"""For questions beside a running statement."""
SQL_SHOWN = 200  # characters of what a blocker does
HAS_XID8 = 130000  # since this version; the older functions may go one day

Answer = TypeVar("Answer")

# The backend's start in microseconds: process ids come back, never at the same time.
_MARK = "(extract(epoch FROM backend_start) * 1000000)::bigint::text"
_IDENTITY = f"SELECT pid || '@' || {_MARK} FROM pg_stat_activity WHERE pid = pg_backend_pid()"  # noqa: S608  a constant
_SESSION = f"FROM pg_stat_activity WHERE pid || '@' || {_MARK} = %s"
_BLOCKERS = """
    SELECT pid, usename, client_addr::text, state, left(query, %s) FROM pg_stat_activity
    WHERE pid = ANY(pg_blocking_pids(%s)) ORDER BY pid"""


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
    """Who keeps this session waiting. Others' statements show to their owner and pg_monitor."""
    connected = connect_to(target, address, NAME, SHORT)
    found = ask(target, connected, lambda one: _rows(one, _BLOCKERS, SQL_SHOWN, pid))
    return [_blocker(*row) for row in found]


def is_running(target: Target, server_id: str, limits: Limits) -> bool:
    """Whether that very session still exists."""
    query = f"SELECT 1 {_SESSION}"
    return ask(
        target, connect(target, NAME, limits), lambda one: bool(_rows(one, query, server_id))
    )


def stop(target: Target, server_id: str, limits: Limits) -> bool:
    """End that session, its transaction undone; whether the server said that it will."""
    query = f"SELECT pg_terminate_backend(pid) {_SESSION}"
    found = ask(target, connect(target, NAME, limits), lambda one: _rows(one, query, server_id))
    return bool(found and found[0][0])


def transaction_outcome(target: Target, transaction_id: str, limits: Limits) -> str | None:
    """committed, aborted, in progress; None when the server does not know (any more)."""
    if not transaction_id.isdecimal():
        return None
    try:
        return ask(target, connect(target, NAME, limits), lambda one: _status(one, transaction_id))
    except TargetError as error:
        # "transaction ID … is in the future": another server, or one set back by a restore.
        if error.code in {"22023", "22003"}:
            return None
        raise


def ask(
    target: Target, connected: Connected, question: Callable[[psycopg.Connection], Answer]
) -> Answer:
    """One question over a connection that is closed with it. Raises TargetError."""
    try:
        with connected.guard.within(connected.patience):
            return question(connected.connection)
    except (psycopg.Error, UnicodeError) as error:
        failure = connect_failure(error, target.password)
    finally:
        connected.close()
    raise failure


def _status(connection: psycopg.Connection, transaction_id: str) -> str | None:
    newer = "SELECT pg_xact_status(%s::text::xid8)"
    query = newer if _has_xid8(connection) else "SELECT txid_status(%s::text::bigint)"
    return _rows(connection, query, transaction_id)[0][0]


def _rows(connection: psycopg.Connection, query: str, *values: object) -> list[tuple]:
    return connection.execute(query, values).fetchall()


def _blocker(pid: int, user: str | None, host: str | None, state: str | None, sql: str) -> Blocker:
    # Without a state the account may not see it, and the SQL is the server's remark on that.
    return Blocker(str(pid), user or "", host or "", state or "", sql if state else "")


def _has_xid8(connection: psycopg.Connection) -> bool:
    return connection.info.server_version >= HAS_XID8
