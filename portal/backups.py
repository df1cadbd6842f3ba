"""flask backup FILE, flask restore FILE: for SQLite; database servers have tools of their own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
import flask_migrate
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from portal import create_app
from portal.domain import attendance, keys, restoring
from portal.domain.restoring import Outcome
from portal.extensions import db
from portal.kit import sqlite_files
from portal.kit.sqlite_files import Damaged, FileTrouble

TABLES = ("ticket", "delivery")
TOOLS = {"postgresql": "pg_dump and pg_restore", "mysql": "mysqldump and mysql"}
KEYS = ("secret.key", "encryption.keys")


def init_app(app: Flask) -> None:
    """Join the commands to the app."""
    app.cli.add_command(backup)
    app.cli.add_command(restore)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write a consistent copy of the SQLite database to FILE, while the portal works."""
    source = _database_file()
    if not source.exists():
        raise click.ClickException(f"there is no database at {source}")
    if not file.absolute().parent.is_dir():
        raise click.ClickException(f"the folder of {file} is not there")
    try:
        sqlite_files.copy_out(source, file)
        contents = sqlite_files.examine(file, TABLES)
    except FileTrouble as trouble:
        raise click.ClickException(str(trouble)) from None
    click.echo(
        f"{file}: {file.stat().st_size:,} bytes, {contents.counts['ticket']} tickets, "
        f"{contents.counts['delivery']} deliveries; checked"
    )
    click.echo(_reminder())


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def restore(file: Path) -> None:
    """Put FILE in the place of the SQLite database; nothing may use it meanwhile."""
    target = _database_file()
    try:
        contents = sqlite_files.examine(file, TABLES)
        _check_revision(file, contents.revision)
        if target.exists():
            if file.samefile(target):
                raise FileTrouble(f"{file} is the database itself")
            _check_nobody_is_elsewhere()
        outcome, aside = _replace(target, file)
    except FileTrouble as trouble:
        raise click.ClickException(str(trouble)) from None
    for line in _told(file, contents.counts, outcome, aside):
        click.echo(line)


def _database_file() -> Path:
    url = db.engine.url
    kind = url.get_backend_name()
    if kind != "sqlite":
        raise click.ClickException(f"the database is {kind}: use {TOOLS[kind]}")
    if url.database in {None, "", ":memory:"}:
        raise click.ClickException("the database is in memory only")
    return Path(url.database)


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


def _replace(target: Path, file: Path) -> tuple[Outcome, Path | None]:
    """Prepared aside, then poured in as one transaction. Answers where the old one was kept."""
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
        finally:
            db.session.remove()
            db.engine.dispose()
    return outcome


def _told(file: Path, counts: dict[str, int], outcome: Outcome, aside: Path | None):
    yield f"restored {file}: {counts['ticket']} tickets, {counts['delivery']} deliveries"
    if aside is not None:
        yield f"what was there before is kept as {aside}"
    yield f"installation {outcome.installation} for later keys; {outcome.sessions} sessions ended"
    yield f"deliveries that are looked for over there before they are sent: {outcome.looked_for}"
    for title, tickets in (
        ("runs under way in the backup, their outcome is unknown", outcome.unknown),
        ("queued runs, taken back: their tickets wait for execution", outcome.returned),
        ("schedules, taken back: their tickets wait for execution", outcome.unscheduled),
    ):
        yield f"{title}: {', '.join(tickets) or 'none'}"
    yield "Look at the databases before any ticket from before is put online once more."
    for name in keys.unreadable():
        yield f"unreadable without its key: {name}. {_reminder()}"


def _reminder() -> str:
    folder = current_app.config["INSTANCE_DIR"]
    names = " and ".join(f"{folder}/{name}" for name in KEYS)
    return (
        f"Keep {names} (or PORTAL_SECRET_KEY and PORTAL_ENCRYPTION_KEYS) with it: "
        "without them no stored secret can be read."
    )
