"""A psycopg connection to one checked address."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass

import psycopg
from flask_babel import gettext as _

from portal.kit.databases.address import reach
from portal.kit.databases.errors import TargetError, TargetErrorKind
from portal.kit.databases.line import Guard
from portal.kit.databases.postgresql.failing import connect_failure
from portal.kit.databases.target import Limits, Target
from portal.kit.http import Deadline


@dataclass(frozen=True)
class Connected:
    """An open connection and the handle that cuts it from elsewhere.

    patience  seconds for a question of ours
    """

    connection: psycopg.Connection
    guard: Guard
    patience: float

    def close(self) -> None:
        """Never raises."""
        self.connection.close()
        self.guard.close()


def connect(target: Target, name: str, limits: Limits) -> Connected:
    """Open, in autocommit, with our limits set. name: the application_name. Raises TargetError."""
    return reach(
        target,
        Deadline(limits.connect),
        lambda address, seconds: _connect(target, address, name, limits, seconds),
    )


def connect_to(target: Target, address: str, name: str, limits: Limits) -> Connected:
    """The same, to an address that was checked before."""
    return _connect(target, address, name, limits, limits.connect)


def _connect(target: Target, address: str, name: str, limits: Limits, seconds: float) -> Connected:
    deadline = Deadline(seconds)
    try:
        connection = psycopg.connect(**_arguments(target, address, name, seconds))
    except (psycopg.Error, UnicodeError) as error:
        failure = connect_failure(error, target.password)
    else:
        connected = Connected(connection, Guard(connection.fileno()), limits.connect)
        failure = _prepare_in_time(connected, target, limits, deadline)
        if failure is None:
            return connected
        connected.close()
    # Outside of the except block: psycopg's error leads to the connection and its password.
    raise failure


def _prepare_in_time(
    connected: Connected, target: Target, limits: Limits, deadline: Deadline
) -> TargetError | None:
    try:
        # One second more, for who was let in at the last moment.
        with connected.guard.within(max(deadline.remaining(), 1.0)):
            _prepare(connected.connection, target.schema, limits)
    except psycopg.Error as error:
        return connect_failure(error, target.password)
    except TargetError as error:
        return error
    return None


def _arguments(target: Target, address: str, name: str, seconds: float) -> dict:
    """Everything that libpq would otherwise take from PG* variables and files at home.

    https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    """
    return {
        "host": target.host.removeprefix("[").removesuffix("]"),
        "hostaddr": address,
        "port": target.actual_port,
        "user": target.username,
        "password": target.password,
        "passfile": "/dev/null",
        "dbname": target.database or target.username,
        "options": "",
        "application_name": name,
        "client_encoding": "UTF8",
        "sslmode": "prefer",
        "gssencmode": "disable",
        "target_session_attrs": "any",
        "connect_timeout": math.ceil(seconds),
        # A peer that vanished without a word is noticed after about a minute.
        "keepalives": 1,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 60_000,
        "autocommit": True,
        "prepare_threshold": None,
    }


def _prepare(connection: psycopg.Connection, schema: str, limits: Limits) -> None:
    connection.execute(
        "SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false)",
        (_milliseconds(limits.statement), _milliseconds(limits.lock)),
    )
    # Our process may die: the server notices within 5 s and ends the statement. Refused before
    # version 14, and where its system cannot.
    with contextlib.suppress(psycopg.Error):
        connection.execute("SET client_connection_check_interval = '5s'")
    if schema:
        _enter(connection, schema)


def _enter(connection: psycopg.Connection, schema: str) -> None:
    row = connection.execute(
        "SELECT set_config('search_path', quote_ident(nspname), false)"
        " FROM pg_namespace WHERE nspname = %s",
        (schema,),
    ).fetchone()
    # PostgreSQL takes a missing schema silently, and unqualified names would lead nowhere.
    if row is None:
        message = _("模式（schema）%(schema)s 不存在。", schema=schema)
        raise TargetError(TargetErrorKind.REFUSED, "3F000", message)


def _milliseconds(seconds: float) -> str:
    # 0 would mean no limit at all.
    return str(max(math.ceil(seconds * 1000), 1))
