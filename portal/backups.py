"""flask backup FILE, restore FILE for SQLite; settle-restored after a server's own tools."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from portal import file_restore
from portal.domain import keys, restoring
from portal.domain.restoring import Outcome
from portal.extensions import db
from portal.kit import sqlite_files
from portal.kit.clock import database_now
from portal.kit.sqlite_files import FileTrouble

TABLES = ("ticket", "delivery")
TOOLS = {"postgresql": "pg_dump and pg_restore", "mysql": "mysqldump and mysql"}
KEYS = ("secret.key", "encryption.keys")


def init_app(app: Flask) -> None:
    """Join the commands to the app."""
    for command in (backup, restore, settle_restored):
        app.cli.add_command(command)


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
        outcome, aside = file_restore.replace(target, file, contents.revision)
    except FileTrouble as trouble:
        raise click.ClickException(str(trouble)) from None
    counts = contents.counts
    click.echo(f"restored {file}: {counts['ticket']} tickets, {counts['delivery']} deliveries")
    if aside is not None:
        click.echo(f"what was there before is kept as {aside}")
    _tell(outcome)


@click.command("settle-restored")
@click.confirmation_option(prompt="Was this database just restored, and nothing started since?")
@with_appcontext
def settle_restored() -> None:
    """After pg_restore or mysql: nothing may happen by itself that has happened since the dump."""
    if db.engine.dialect.name == "sqlite":
        raise click.ClickException("flask restore has done so already")
    outcome = restoring.settle(database_now(db.session))
    db.session.commit()
    _tell(outcome)


def _database_file() -> Path:
    url = db.engine.url
    kind = url.get_backend_name()
    if kind != "sqlite":
        raise click.ClickException(f"the database is {kind}: use {TOOLS[kind]}")
    if url.database in {None, "", ":memory:"}:
        raise click.ClickException("the database is in memory only")
    return Path(url.database)


def _tell(outcome: Outcome) -> None:
    click.echo(
        f"installation {outcome.installation} for later keys; {outcome.sessions} sessions ended"
    )
    click.echo(f"deliveries looked for over there before they are sent: {outcome.looked_for}")
    for title, tickets in (
        ("runs under way in the backup, their outcome is unknown", outcome.unknown),
        ("queued runs, taken back: their tickets wait for execution", outcome.returned),
        ("schedules, taken back: their tickets wait for execution", outcome.unscheduled),
    ):
        click.echo(f"{title}: {', '.join(tickets) or 'none'}")
    click.echo("Look at the data sources before a ticket from before is put online once more.")
    for name in keys.unreadable():
        click.echo(f"unreadable without its key: {name}. {_reminder()}")


def _reminder() -> str:
    folder = current_app.config["INSTANCE_DIR"]
    names = " and ".join(f"{folder}/{name}" for name in KEYS)
    return (
        f"Keep {names} (or PORTAL_SECRET_KEY and PORTAL_ENCRYPTION_KEYS) with it: "
        "without them no stored secret can be read."
    )
