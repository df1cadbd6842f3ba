"""Every test of this folder works on an empty database of a real server."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import pytest

from portal.kit.databases import Limits, Session, Target, TargetError, open_session
from tests.servers import (  # noqa: F401
    database_server,
    mariadb_server,
    postgresql_server,
    sqlite_server,
)
from tests.servers_base import DatabaseServer

LIMITS = Limits(connect=5, statement=20, lock=5)
NAME = "portal-exec-7"


def refusal(target: Target, limits: Limits = LIMITS) -> TargetError:
    """Why no session is to be had."""
    with pytest.raises(TargetError) as caught:
        open_session(target, NAME, limits).close()
    return caught.value


@dataclass(frozen=True)
class Database:
    """An empty database: what the portal sees, and a reader beside it."""

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


@functools.cache
def _database(server: DatabaseServer) -> Database:
    return Database(server, server.new_database())


def emptied(server: DatabaseServer) -> Database:
    """The server's one database of this folder, as good as new."""
    database = _database(server)
    server.empty(database.name)
    return database


@pytest.fixture
def database(database_server) -> Database:  # noqa: F811
    """On each of the three."""
    return emptied(database_server)


@pytest.fixture
def postgresql(postgresql_server) -> Database:  # noqa: F811
    return emptied(postgresql_server)


@pytest.fixture
def mariadb(mariadb_server) -> Database:  # noqa: F811
    return emptied(mariadb_server)


@pytest.fixture
def sqlite(sqlite_server) -> Database:  # noqa: F811
    return emptied(sqlite_server)


@pytest.fixture(params=["postgresql", "mariadb"])
def remote(request) -> Database:
    """On the two that are servers."""
    return request.getfixturevalue(request.param)
