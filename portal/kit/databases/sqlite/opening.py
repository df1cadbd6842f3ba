"""Opening a SQLite file and nothing else."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

from flask_babel import gettext as _

from portal.kit.databases.errors import TargetError, TargetErrorKind
from portal.kit.databases.sqlite import failing
from portal.kit.databases.target import Target


def open_file(target: Target, busy_seconds: float) -> sqlite3.Connection:
    """In autocommit; a missing file is an error and stays missing. Raises TargetError."""
    path = Path(target.database)
    if "\0" in target.database or not path.is_absolute():
        message = _("SQLite 数据源需要文件的完整路径。")
        raise TargetError(TargetErrorKind.UNREACHABLE, "address", message)
    try:
        connection = sqlite3.connect(
            f"file:{quote(target.database)}?mode=rw",
            uri=True,
            timeout=busy_seconds,
            isolation_level=None,
            check_same_thread=False,
        )
    except sqlite3.Error as error:
        failure = failing.open_failure(error)
    else:
        # Bytes as they are: no row is ever looked at here, and not every text is UTF-8.
        connection.text_factory = bytes
        connection.set_authorizer(_keep_to_itself)
        return connection
    raise failure


def identity(target: Target) -> str:
    """The file itself, whatever its name: device and inode. Empty when it is gone."""
    try:
        facts = Path(target.database).stat()
    except OSError:
        return ""
    return f"{facts.st_dev}:{facts.st_ino}"


def _keep_to_itself(action: int, file: str | None, *_rest: object) -> int:
    # VACUUM attaches a nameless temporary file to itself; VACUUM INTO names one.
    if action == sqlite3.SQLITE_DETACH or (action == sqlite3.SQLITE_ATTACH and file != ""):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK
