"""SQLite database files as a whole: copied while they are written, checked, and replaced."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from urllib.parse import quote

# What SQLite keeps beside a database; none of it may outlive the file it belongs to.
BESIDE = ("-wal", "-shm", "-journal")
WAIT_SECONDS = 10.0


class FileTrouble(Exception):
    """Why the file cannot be used, as one sentence without its full stop."""


class Damaged(Exception):
    """The file is not what SQLite can open, or read."""


@dataclass(frozen=True)
class Contents:
    """What a file holds. revision: of its schema, by Alembic. counts: rows by table."""

    revision: str
    counts: dict[str, int]


def copy_out(source: Path, target: Path) -> None:
    """A consistent copy, while others go on writing; readable by its owner only.

    Raises FileTrouble, and leaves no half of it behind.
    """
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise FileTrouble(f"{target} is there already") from None
    except OSError as error:
        raise FileTrouble(f"{target} cannot be written: {error.strerror}") from None
    try:
        with closing(_open(source, "rw")) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
        _sync(target)
    except (sqlite3.Error, OSError) as error:
        target.unlink(missing_ok=True)
        raise FileTrouble(f"the copy failed: {error}") from None


def examine(file: Path, tables: tuple[str, ...]) -> Contents:
    """Check that it is sound and one of ours. Raises FileTrouble."""
    if not file.is_file():
        raise FileTrouble(f"{file} is not there")
    try:
        with closing(_open(file, "ro")) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchmany(3)
            if found != [("ok",)]:
                raise FileTrouble(f"{file} is damaged: {found[0][0]}")
            if connection.execute("PRAGMA foreign_key_check").fetchone():
                raise FileTrouble(f"{file} is damaged: rows point to others that are not there")
            [(revision,)] = connection.execute("SELECT version_num FROM alembic_version")
            counts = {
                name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608
                for name in tables
            }
    except (sqlite3.Error, ValueError) as error:
        is_torn = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_CORRUPT
        what = "damaged" if is_torn else "no backup of Portal"
        raise FileTrouble(f"{file} is {what}: {error}") from None
    return Contents(revision, counts)


def pour(source: Path, connection: sqlite3.Connection) -> None:
    """Replace all that the open database holds with what the file holds, or nothing of it.

    Raises FileTrouble.
    """
    try:
        with closing(_open(source, "ro")) as from_:
            from_.backup(connection)
    except sqlite3.Error as error:
        raise FileTrouble(f"the copy of {source} failed: {error}") from None


@contextmanager
def working_copy(source: Path, folder: Path) -> Iterator[Path]:
    """A copy in this folder, to be changed; gone afterwards, with all that lies beside it.

    The caller is alone: what an earlier one left when the power went is thrown away.
    """
    copy = folder / ".restoring.db"
    _remove(copy)
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(_open(copy, "rw")) as connection:
            pour(source, connection)
        yield copy
    finally:
        _remove(copy)


def _remove(file: Path) -> None:
    for ending in ("", *BESIDE):
        Path(f"{file}{ending}").unlink(missing_ok=True)


@contextmanager
def alone(file: Path) -> Iterator[sqlite3.Connection]:
    """The database with nobody else on it, and nobody let in until the end.

    Leaving WAL needs that: it is refused while another connection is open, however idle; it also
    empties the WAL and removes it. Raises FileTrouble, Damaged.
    """
    if not file.exists():
        try:
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            raise FileTrouble(f"{file} cannot be written: {error.strerror}") from None
    with closing(_open(file, "rw", wait=1.0)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE").fetchall()
            connection.execute("PRAGMA locking_mode=EXCLUSIVE").fetchall()
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")  # the lock stays, with this locking mode
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise FileTrouble(f"{file}: {error}") from None
            raise FileTrouble(f"{file} is in use: stop every portal and jobs process") from None
        except sqlite3.DatabaseError as error:
            raise Damaged(str(error)) from None
        yield connection


def keep(file: Path, now: datetime) -> Path:
    """Copy what is there to a dated name beside it, which is answered. The caller is alone.

    Raises FileTrouble.
    """
    aside = _dated(file, now)
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
            with file.open("rb") as original:
                shutil.copyfileobj(original, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise FileTrouble(f"{file} could not be kept as {aside}: {error.strerror}") from None
    return aside


def move_away(file: Path, now: datetime) -> Path:
    """Give a damaged file a dated name, and what lies beside it too."""
    aside = _dated(file, now)
    for ending in ("", *BESIDE):
        part = Path(f"{file}{ending}")
        if part.exists():
            part.rename(f"{aside}{ending}")
    return aside


def _dated(file: Path, now: datetime) -> Path:
    """A name that nothing has yet: two restores may fall into one second."""
    stem = f"{file.stem}-before-restore-{now:%Y%m%d-%H%M%S}"
    names = (f"{stem}{more}{file.suffix}" for more in chain([""], (f"-{n}" for n in count(2))))
    return next(one for one in map(file.with_name, names) if not one.exists())


def _open(file: Path, mode: str, wait: float = WAIT_SECONDS) -> sqlite3.Connection:
    uri = f"file:{quote(str(file.absolute()))}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=wait, isolation_level=None)


def _sync(file: Path) -> None:
    """To the disk: VACUUM INTO leaves that to the operating system."""
    for place, flags in ((file, os.O_RDONLY), (file.parent, os.O_RDONLY | os.O_DIRECTORY)):
        handle = os.open(place, flags)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
