"""The twin of the servers for SQLite: a folder of files."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.servers_base import DatabaseServer


class SqliteServer(DatabaseServer):
    db_type = "sqlite"
    username = host = ""

    def path(self, database: str) -> Path:
        """The database's file."""
        return self.folder / f"{database}.db"

    def target(self, database: str = "", **changes):
        return super().target(str(self.path(database)), password="", **changes)

    def create_database(self, name: str) -> None:
        self.path(name).touch(exist_ok=False)

    def empty(self, database: str) -> None:
        for path in self.folder.glob(f"{database}.db*"):
            path.unlink()
        self.create_database(database)

    def connect(self, database: str) -> sqlite3.Connection:
        return sqlite3.connect(self.path(database), isolation_level=None)

    def sessions(self, name: str) -> list[str]:
        return []
