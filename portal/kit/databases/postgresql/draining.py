"""One statement over libpq, its rows thrown away as they come.

The extended protocol without parameters: nothing is formatted, and the server itself refuses
more than one statement ("cannot insert multiple commands into a prepared statement").
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import psycopg
from flask_babel import gettext as _
from psycopg import capabilities, generators
from psycopg.abc import PQGen
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from portal.kit.databases.errors import TargetError, TargetErrorKind

ROWS_AT_ONCE = 500


@dataclass
class Outcome:
    """rows: None where the command's tag names none; tag: as libpq gives it ("UPDATE 3")."""

    rows: int | None = None
    tag: str = ""


def run(connection: psycopg.Connection, sql: str) -> Outcome:
    """Raises psycopg.Error, or TargetError for a COPY that waits for data."""
    pgconn = connection.pgconn
    pgconn.send_query_params(sql.encode(), None)
    if capabilities.has_stream_chunked():
        pgconn.set_chunked_rows_mode(ROWS_AT_ONCE)
    else:
        pgconn.set_single_row_mode()
    return connection.wait(_drain(pgconn))


def _drain(pgconn: PGconn) -> PQGen[Outcome]:
    yield from generators.send(pgconn)
    outcome, failure = Outcome(), None
    while True:
        try:
            result = yield from generators.fetch(pgconn)
        except psycopg.Error as error:
            # The server's last words come before the connection ends, and say more.
            raise failure or error from None
        if result is None:
            break
        if result.status == ExecStatus.FATAL_ERROR:
            failure = failure or psycopg.errors.error_from_result(result, encoding="utf-8")
        elif result.status == ExecStatus.COPY_IN:
            yield from _end_copy(pgconn)
        elif result.status == ExecStatus.COPY_OUT:
            outcome = _outcome((yield from _read_copy(pgconn)))
            break  # its end was read with it
        elif result.command_status:
            # On the end's own result, or on the last rows: libpq puts it where it has room.
            outcome = _outcome(result)
    if failure is not None:
        raise failure
    return outcome


def _outcome(result: PGresult) -> Outcome:
    return Outcome(result.command_tuples, (result.command_status or b"").decode())


def _read_copy(pgconn: PGconn) -> PQGen[PGresult]:
    while isinstance(piece := (yield from generators.copy_from(pgconn)), memoryview):
        pass
    return piece


def _end_copy(pgconn: PGconn) -> PQGen[None]:
    # What the server calls a COPY that its client gave up.
    with contextlib.suppress(psycopg.errors.QueryCanceled):
        yield from generators.copy_end(pgconn, b"no data")
    message = _("COPY … FROM STDIN 需要额外的数据，不能执行。")
    raise TargetError(TargetErrorKind.REFUSED, "copy", message)
