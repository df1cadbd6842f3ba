"""The commands: flask jobs | create-admin | sandbox | rotate-keys."""

from __future__ import annotations

import os
import signal
import sys
import threading

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from portal import jobs, presence, schema
from portal.domain import keys, members, records
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.kit.console import say
from portal.models import Role
from portal.sandbox.serve import serve as serve_sandbox


def init_app(app: Flask) -> None:
    """Join the commands to the app."""
    for command in (run_jobs, create_admin, sandbox, rotate_keys):
        app.cli.add_command(command)


@click.command("jobs")
@with_appcontext
def run_jobs() -> None:
    """Deliver and sweep until SIGTERM; any number of nodes may run this."""
    app = current_app._get_current_object()
    try:
        presence.check(app, patient=True)
        schema.check(app, upgrades=False)
    except (presence.OtherMachine, schema.WrongSchema) as error:
        raise click.ClickException(str(error)) from None
    here = presence.enter(app)
    clock = jobs.Clock(app)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    clock.start()
    say("jobs: started", sys.stderr)
    stopping.wait()
    is_done = clock.stop()
    here.end()
    say("jobs: stopped", sys.stderr)
    if not is_done:
        os._exit(0)


@click.command("create-admin")
@click.argument("username")
@click.password_option()
@with_appcontext
def create_admin(username: str, password: str) -> None:
    """Make one more admin."""
    try:
        members.create(username=username, password=password, role=Role.ADMIN, actor=None)
    except RuleError as error:
        raise click.ClickException(error.message) from None
    db.session.commit()
    click.echo(f"admin {username} created")


@click.command("sandbox")
@click.option("--host", default="127.0.0.1")
@click.option("--port", type=int, required=True)
@click.option("--store", default=None, help="A file that keeps its state; in memory without it.")
def sandbox(host: str, port: int, store: str | None) -> None:
    """Serve the platforms' stand-in."""
    serve_sandbox(host, port, store)


@click.command("rotate-keys")
@with_appcontext
def rotate_keys() -> None:
    """Encrypt every stored secret under the first of PORTAL_ENCRYPTION_KEYS."""
    done, unreadable = keys.rotate()
    records.add(records.Action.KEYS_ROTATED, "keys", None, {"rotated": done})
    db.session.commit()
    click.echo(f"{done} secrets re-encrypted, {len(unreadable)} unreadable")
    for name in unreadable:
        click.echo(f"  unreadable: {name}", err=True)
    if unreadable:
        raise SystemExit(1)
