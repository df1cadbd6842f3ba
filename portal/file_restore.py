"""A backup in the place of the SQLite database: checked, migrated and settled before it counts."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import flask_migrate
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from portal import create_app
from portal.domain import attendance, restoring
from portal.domain.restoring import Outcome
from portal.extensions import db
from portal.kit import sqlite_files
from portal.kit.sqlite_files import Damaged, FileTrouble


def replace(target: Path, file: Path, revision: str) -> tuple[Outcome, Path | None]:
    """Prepared aside, then poured in as one transaction. Answers where the old one was kept.

    revision: of the file's schema. Raises FileTrouble; nothing is changed then.
    """
    _check_revision(file, revision)
    if target.exists():
        if file.samefile(target):
            raise FileTrouble(f"{file} is the database itself")
        _check_nobody_is_elsewhere()
    now = datetime.now(UTC)
    aside = _out_of_the_way(target, now)
    is_kept = aside is not None or not target.exists()
    with (
        sqlite_files.alone(target) as place,
        sqlite_files.working_copy(file, target.parent) as copy,
    ):
        outcome = _prepared(copy, datetime.fromtimestamp(file.stat().st_mtime, UTC))
        if not is_kept:
            aside = sqlite_files.keep(target, now)
        sqlite_files.pour(copy, place)
    return outcome, aside


def _check_revision(file: Path, revision: str) -> None:
    config = current_app.extensions["migrate"].migrate.get_config()
    try:
        ScriptDirectory.from_config(config).get_revision(revision)
    except CommandError:
        raise FileTrouble(
            f"{file} was written by a newer Portal (schema {revision}): restore it with that one"
        ) from None


def _check_nobody_is_elsewhere() -> None:
    """The file's own lock tells of this machine's processes; of another one's, only their beat."""
    try:
        others = attendance.elsewhere()
    except SQLAlchemyError:  # no such table, or a damaged file: that is why it is restored
        others = []
    finally:
        db.session.remove()
        db.engine.dispose()
    if others:
        raise FileTrouble(
            f"the database is in use on another machine, {others[0].host} "
            f"({others[0].seconds:.0f} s ago): stop it first"
        )


def _out_of_the_way(target: Path, now: datetime) -> Path | None:
    """Where a damaged file was moved to: nothing can be poured into it. None for a sound one."""
    if not target.exists():
        return None
    try:
        with sqlite_files.alone(target):
            return None
    except Damaged:
        return sqlite_files.move_away(target, now)


def _prepared(copy: Path, backup_at: datetime) -> Outcome:
    """Migrated, and with nothing left in it that would happen by itself."""
    app = create_app(dict(current_app.config) | {"SQLALCHEMY_DATABASE_URI": f"sqlite:///{copy}"})
    with app.app_context():
        try:
            flask_migrate.upgrade()
            outcome = restoring.settle(backup_at)
            db.session.commit()
        except SQLAlchemyError as error:
            raise FileTrouble(f"the backup could not be brought up to date: {error}") from error
        finally:
            db.session.remove()
            db.engine.dispose()
    return outcome
