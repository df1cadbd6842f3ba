"""What SQLite's errors mean for whoever asked for the statement."""

from __future__ import annotations

import sqlite3

from portal.kit.databases.errors import TargetError, TargetErrorKind

# https://www.sqlite.org/rescode.html, primary codes
_KINDS = {
    sqlite3.SQLITE_BUSY: TargetErrorKind.LOCKED,
    sqlite3.SQLITE_LOCKED: TargetErrorKind.LOCKED,
    sqlite3.SQLITE_READONLY: TargetErrorKind.READ_ONLY,
}


def open_failure(error: sqlite3.Error) -> TargetError:
    """Why the file could not be opened."""
    return TargetError(TargetErrorKind.UNREACHABLE, _name(error), str(error))


def failure(error: Exception, asked: TargetErrorKind | None) -> TargetError:
    """What an error under a statement means. asked: why we asked to stop it, if we did.

    Never LOST: with us ends the statement, and SQLite undoes what it had begun.
    """
    if _primary(error) == sqlite3.SQLITE_INTERRUPT or str(error) == "interrupted":
        return TargetError(asked or TargetErrorKind.CANCELED, "SQLITE_INTERRUPT", str(error))
    kind = _KINDS.get(_primary(error), TargetErrorKind.REFUSED)
    return TargetError(kind, _name(error), str(error))


def is_locked(error: sqlite3.Error) -> bool:
    """Whether somebody else has the lock; the statement did nothing then."""
    return _KINDS.get(_primary(error)) is TargetErrorKind.LOCKED


def _primary(error: Exception) -> int:
    # The low byte; the rest says more, as in SQLITE_BUSY_SNAPSHOT.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _name(error: Exception) -> str:
    return getattr(error, "sqlite_errorname", None) or "text"
