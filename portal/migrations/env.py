"""Alembic's entry: runs the migrations on the app's own engine, then makes what a start needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from portal import first_start
from portal.extensions import db


def run() -> None:
    """Migrate in one transaction where the database can."""
    with db.engine.connect() as connection, _tables_may_be_rebuilt(connection):
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()
        if connection.dialect.name == "sqlite":
            torn = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if torn:
                raise SystemExit(f"portal: the migration would tear {len(torn)} rows apart")
        connection.commit()


@contextmanager
def _tables_may_be_rebuilt(connection: Connection) -> Iterator[None]:
    """SQLite alters a table by building it anew, which rows that point to it would forbid.

    The switch does nothing inside a transaction, so it is set on the driver's own connection
    before ours begins; what the migration leaves is checked before it is committed.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        connection.rollback()
        driver.execute("PRAGMA foreign_keys=ON")


if context.is_offline_mode():
    raise SystemExit("portal: migrations need a database connection")
run()
# `flask db upgrade` prepares a fresh database whole; a served process does so by itself.
if os.environ.get("FLASK_RUN_FROM_CLI") == "true":
    for line in first_start.prepare():
        print(line, flush=True)
