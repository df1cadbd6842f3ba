"""Who keeps a MySQL session waiting, as far as this server and this account can tell."""

from __future__ import annotations

import pymysql

from portal.kit.databases.line import Blocker
from portal.kit.databases.mysql.asking import NAME, SHORT, ask, first, number, rows
from portal.kit.databases.mysql.connecting import connect_to
from portal.kit.databases.target import Target

NAMED = 3  # at most; behind one metadata lock may stand very many

_HOLDERS = """
    SELECT DISTINCT b.trx_mysql_thread_id
    FROM {waits} w
    JOIN information_schema.innodb_trx r ON r.trx_id = w.{requesting}
    JOIN information_schema.innodb_trx b ON b.trx_id = w.{blocking}
    WHERE r.trx_mysql_thread_id = %d"""
_ROW_LOCKS = (
    # MariaDB, MySQL 5.7
    _HOLDERS.format(
        waits="information_schema.innodb_lock_waits",
        requesting="requesting_trx_id",
        blocking="blocking_trx_id",
    ),
    # MySQL 8
    _HOLDERS.format(
        waits="performance_schema.data_lock_waits",
        requesting="requesting_engine_transaction_id",
        blocking="blocking_engine_transaction_id",
    ),
)
_METADATA_LOCKS = (
    # MySQL 5.7 and later, MariaDB 10.5 and later where the performance schema is on
    """
    SELECT DISTINCT t.processlist_id
    FROM performance_schema.metadata_locks held
    JOIN performance_schema.metadata_locks wanted USING (object_type, object_schema, object_name)
    JOIN performance_schema.threads t ON t.thread_id = held.owner_thread_id
    JOIN performance_schema.threads me ON me.thread_id = wanted.owner_thread_id
    WHERE held.lock_status = 'GRANTED' AND wanted.lock_status = 'PENDING'
      AND object_type = 'TABLE'
      AND t.thread_id <> me.thread_id AND me.processlist_id = %d""",
    # Nobody tells who holds one elsewhere; an open transaction ordinarily does.
    """
    SELECT trx_mysql_thread_id FROM information_schema.innodb_trx
    WHERE trx_mysql_thread_id NOT IN (0, %d) ORDER BY trx_started""",
)
_STATE = "SELECT state FROM information_schema.processlist WHERE id = %d"
_SESSIONS = """
    SELECT id, user, host, IF(state > '', state, command), time
    FROM information_schema.processlist WHERE id IN (%s) ORDER BY id"""


def blockers(target: Target, address: str, server_id: str) -> list[Blocker]:
    """Empty when nobody is in the way, or nobody that this account may see (PROCESS)."""
    connected = connect_to(target, address, NAME, SHORT)
    return ask(target, connected, lambda one: _blockers(one, number(server_id)))


def _blockers(connection: pymysql.Connection, waiting: int) -> list[Blocker]:
    holders = _first_answer(connection, _ROW_LOCKS, waiting)
    is_likely = False
    if not holders and "metadata lock" in first(connection, _STATE % waiting):
        holders, is_likely = _first_answer(connection, _METADATA_LOCKS, waiting), True
    if not holders:
        return []
    numbers = ", ".join(str(holder) for holder in holders[:NAMED])
    return [
        Blocker(str(id), user, host, state or "", seconds, is_likely)
        for id, user, host, state, seconds in rows(connection, _SESSIONS % numbers)
    ]


def _first_answer(
    connection: pymysql.Connection, queries: tuple[str, ...], waiting: int
) -> list[int]:
    for query in queries:
        try:
            found = rows(connection, query % waiting)
        except pymysql.MySQLError:
            continue  # no such table here, or not for this account
        if found:
            return [int(row[0]) for row in found]
    return []
