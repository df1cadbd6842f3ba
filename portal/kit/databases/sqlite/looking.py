"""What a SQLite file tells about itself."""

from __future__ import annotations

import sqlite3

from portal.kit.databases.errors import TargetErrorKind
from portal.kit.databases.facts import NEEDED, ServerFacts
from portal.kit.databases.sqlite import failing
from portal.kit.databases.sqlite.opening import open_file
from portal.kit.databases.target import Limits, Target


def look(target: Target, limits: Limits) -> ServerFacts:
    """Raises TargetError."""
    connection = open_file(target, limits.lock)
    try:
        is_read_only = _is_read_only(connection)
    except sqlite3.Error as error:
        failure = failing.failure(error, None)
    else:
        return ServerFacts(
            version=f"SQLite {sqlite3.sqlite_version}",
            account="",
            is_encrypted=False,
            is_superuser=False,
            is_read_only=is_read_only,
            rights=["SELECT"] if is_read_only else list(NEEDED),
            missing=[right for right in NEEDED if is_read_only and right != "SELECT"],
            databases=[target.database],
        )
    finally:
        connection.close()
    raise failure


def _is_read_only(connection: sqlite3.Connection) -> bool:
    # A write that changes nothing and is undone: SQLite says it no other way.
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA user_version = {int(version)}")
    except sqlite3.Error as error:
        kind = failing.failure(error, None).kind
        if kind is TargetErrorKind.READ_ONLY:
            return True
        if kind is not TargetErrorKind.LOCKED:  # somebody else writes just now
            raise
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return False
