"""Every test of this folder works on a fresh database of a real server."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from portal.kit.databases import Limits, Session, Target, open_session
from tests.servers import (  # noqa: F401
    database_server,
    mariadb_server,
    postgresql_server,
    sqlite_server,
)
from tests.servers_base import DatabaseServer

LIMITS = Limits(connect=5, statement=20, lock=5)
NAME = "portal-exec-7"


@dataclass(frozen=True)
class Database:
    """A fresh database: what the portal sees, and a reader beside it."""

    server: DatabaseServer
    name: str

    @property
    def target(self) -> Target:
        return self.server.target(self.name)

    def open(self, limits: Limits = LIMITS, name: str = NAME, **changes) -> Session:
        """A session. changes: other fields of the target."""
        return open_session(self.server.target(self.name, **changes), name, limits)

    def query(self, sql: str) -> list[tuple]:
        return self.server.query(self.name, sql)

    def connect(self):
        return self.server.connect(self.name)


@pytest.fixture
def database(database_server) -> Database:  # noqa: F811
    """On each of the three."""
    return Database(database_server, database_server.new_database())


@pytest.fixture
def postgresql(postgresql_server) -> Database:  # noqa: F811
    return Database(postgresql_server, postgresql_server.new_database())


@pytest.fixture
def mariadb(mariadb_server) -> Database:  # noqa: F811
    return Database(mariadb_server, mariadb_server.new_database())


@pytest.fixture
def sqlite(sqlite_server) -> Database:  # noqa: F811
    return Database(sqlite_server, sqlite_server.new_database())
