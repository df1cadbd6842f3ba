"""The portal's own database of one test: SQLite by default, or a fresh one on a private server."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from pathlib import Path

import flask_migrate
from flask import Flask
from sqlalchemy import URL

from portal import create_app, first_start
from portal.extensions import db
from tests.conftest import PASSWORD, settings
from tests.servers_base import DatabaseServer, ProcessServer

# Who is in the middle of a transaction.
_BUSY = {
    "postgresql": "SELECT pid FROM pg_stat_activity WHERE datname = '{name}' AND state <> 'idle'",
    "mysql": "SELECT trx_mysql_thread_id FROM information_schema.innodb_trx",
}
_WAITING = {
    "postgresql": "SELECT count(*) FROM pg_locks WHERE NOT granted",
    "mysql": "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'",
}
# The server keeps its answer about transactions for so long.
_STALE_SECONDS = 0.11


@dataclass(frozen=True)
class PortalDatabase:
    """A database of the portal's on a server, as the first start leaves it."""

    server: ProcessServer
    name: str

    def url(self, port: int | None = None) -> str:
        """As PORTAL_DATABASE_URL. port: that of something before the server."""
        server = self.server
        url = URL.create(
            server.db_type, server.username, server.password, server.host, port or server.port,
            self.name, {"charset": "utf8mb4"} if server.db_type == "mysql" else {},
        )  # fmt: skip
        return url.render_as_string(hide_password=False)

    def is_idle(self) -> bool:
        """Whether nobody is in the middle of a transaction."""
        time.sleep(_STALE_SECONDS)
        busy = _BUSY[self.server.db_type].format(name=self.name)
        return not self.server.query("postgres" * (self.server.db_type == "postgresql"), busy)

    def has_waiting(self) -> bool:
        """Whether a transaction waits for another one's lock."""
        time.sleep(_STALE_SECONDS)
        return bool(self.server.query(self.name, _WAITING[self.server.db_type])[0][0])


def fresh(server: DatabaseServer, folder: Path) -> PortalDatabase:
    """A copy of the server's migrated database."""
    template = _migrated(server, folder)
    name = f"portal_{time.monotonic_ns()}"
    _COPIES[server.db_type](server, template, name)
    return PortalDatabase(server, name)


@functools.cache
def _migrated(server: DatabaseServer, folder: Path) -> str:
    database = PortalDatabase(server, server.new_database())
    app = create_app(settings(folder, DATABASE_URL=database.url(), ADMIN_PASSWORD=PASSWORD))
    with app.app_context():
        flask_migrate.upgrade()
        first_start.prepare()
    forget(app)
    return database.name


def forget(app: Flask) -> None:
    """No session of the app's is left on the server."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _copy_postgresql(server: DatabaseServer, template: str, name: str) -> None:
    server.query("postgres", f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    # The copied sequences have numbers in hand that a crash before it would give out once more.
    server.query("postgres", "CHECKPOINT")


def _copy_mysql(server: DatabaseServer, template: str, name: str) -> None:
    server.create_database(name)
    connection = server.connect(name)
    cursor = connection.cursor()
    cursor.execute("SET foreign_key_checks = 0")
    cursor.execute(f"SHOW TABLES FROM `{template}`")
    for (table,) in cursor.fetchall():
        cursor.execute(f"SHOW CREATE TABLE `{template}`.`{table}`")
        cursor.execute(cursor.fetchone()[1])
        cursor.execute(f"INSERT INTO `{table}` SELECT * FROM `{template}`.`{table}`")
    connection.close()


_COPIES = {"postgresql": _copy_postgresql, "mysql": _copy_mysql}
