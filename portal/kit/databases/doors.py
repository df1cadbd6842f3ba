"""What can be done with a target database, whatever its kind."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from portal.kit.databases.errors import TargetError
from portal.kit.databases.facts import ServerFacts
from portal.kit.databases.mysql import asking as mysql_asking
from portal.kit.databases.mysql import looking as mysql_looking
from portal.kit.databases.mysql.line import MysqlLine
from portal.kit.databases.postgresql import asking as postgresql_asking
from portal.kit.databases.postgresql import looking as postgresql_looking
from portal.kit.databases.postgresql.line import PostgresLine
from portal.kit.databases.session import Session
from portal.kit.databases.sqlite import looking as sqlite_looking
from portal.kit.databases.sqlite.line import SqliteLine
from portal.kit.databases.target import MYSQL, POSTGRESQL, SQLITE, Limits, Target
from portal.kit.databases.whose import Whose

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

_LINES = {
    MYSQL: MysqlLine,
    POSTGRESQL: PostgresLine,
    SQLITE: lambda target, _name, limits: SqliteLine(target, limits),
}
_ASKING = {MYSQL: mysql_asking, POSTGRESQL: postgresql_asking}
_LOOKING = {MYSQL: mysql_looking, POSTGRESQL: postgresql_looking, SQLITE: sqlite_looking}


def open_session(target: Target, name: str, limits: Limits) -> Session:
    """A live session. Raises TargetError (unreachable, credentials, refused): nothing was sent.

    name  how the server's own tools show it: application_name on PostgreSQL, the connection
          attribute program_name on MySQL
    """
    return _logged("open", target, name, lambda: _open(target, name, limits))


def is_running(
    target: Target, server_id: str, name: str, limits: Limits, server_identity: str = ""
) -> bool:
    """Whether the session with this server_id still exists on the server; SQLite: False.

    name             of open_session(). On PostgreSQL a session that has another one by now is
                     not ours any more: a connection pool gave it to somebody (or its statement
                     renamed it: ask transaction_outcome() first). Empty: whatever its name.
    server_identity  of the session; empty: whichever server answers

    Raises TargetError when the server could not be asked, or is another (code "identity"): its
    silence about the session means nothing then.
    """
    if target.db_type == SQLITE or not server_id:
        return False
    asking, whose = _ASKING[target.db_type], Whose(server_id, name, server_identity)
    return _logged("is-running", target, name, lambda: asking.is_running(target, whose, limits))


def stop(
    target: Target, server_id: str, name: str, limits: Limits, server_identity: str = ""
) -> bool:
    """End a session whose client is gone, its open transaction undone.

    Whether the server said that it will; False when is_running() would say so. It may take its
    time: ask is_running() again. Arguments and TargetError as there.
    """
    if target.db_type == SQLITE or not server_id:
        return False
    asking, whose = _ASKING[target.db_type], Whose(server_id, name, server_identity)
    return _logged("stop", target, name, lambda: asking.stop(target, whose, limits))


def transaction_outcome(
    target: Target, transaction_id: str, limits: Limits, server_identity: str = ""
) -> str | None:
    """committed, aborted or in progress; None when nobody knows.

    Nobody does: on other databases than PostgreSQL, of old transactions, on another server than
    the session's (server_identity; empty: whichever answers). Raises TargetError when the
    server could not be asked.
    """
    if target.db_type != POSTGRESQL or not transaction_id:
        return None
    whose = Whose(server_identity=server_identity)
    ask = postgresql_asking.transaction_outcome
    return _logged("outcome", target, "", lambda: ask(target, transaction_id, whose, limits))


def look(target: Target, limits: Limits) -> ServerFacts:
    """Connect for real, read what the server tells of itself, change nothing.

    Raises TargetError.
    """
    return _logged("look", target, "", lambda: _LOOKING[target.db_type].look(target, limits))


def _open(target: Target, name: str, limits: Limits) -> Session:
    return Session(_LINES[target.db_type](target, name, limits), limits)


def _logged(act: str, target: Target, name: str, work: Callable[[], Result]) -> Result:
    """One line a visit: never SQL, an account or a password."""
    started = time.monotonic()
    outcome = "ok"
    try:
        return work()
    except TargetError as error:
        outcome = f"{error.kind} {error.code}"
        raise
    finally:
        facts = {
            "target": str(target),
            "target_act": act,
            "target_name": name,
            "target_outcome": outcome,
            "duration_ms": round((time.monotonic() - started) * 1000),
        }
        logger.info("%s %s %s: %s, %d ms", *facts.values(), extra=facts)
