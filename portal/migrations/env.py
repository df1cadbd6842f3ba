"""Alembic's entry: runs the migrations on the app's own engine, then makes what a start needs."""

from __future__ import annotations

import os

from alembic import context
from flask import current_app

from portal import first_start
from portal.extensions import db


def run() -> None:
    """Migrate in one transaction where the database can."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


if context.is_offline_mode():
    raise SystemExit("portal: migrations need a database connection")
run()
# `flask db upgrade` prepares a fresh database whole; a served process does so by itself.
if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
    for line in first_start.prepare():
        print(line, flush=True)
