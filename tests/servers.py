"""Private database servers for tests, started when first asked for and gone at the end.

In a conftest: `from tests.servers import database_server, mariadb_server, postgresql_server,
sqlite_server`. A test takes one server by name, or `database_server`, which runs it on all three.
However many conftests import them, a run starts each server once.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

import pytest

from tests.servers_base import DatabaseServer
from tests.servers_mariadb import MariadbServer
from tests.servers_postgresql import PostgresqlServer
from tests.servers_sqlite import SqliteServer

KINDS = {"postgresql": PostgresqlServer, "mariadb": MariadbServer, "sqlite": SqliteServer}


@functools.cache
def started(kind: str) -> DatabaseServer:
    """The run's server of this kind."""
    return KINDS[kind]()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    yield from _for_the_run("postgresql")


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[MariadbServer]:
    yield from _for_the_run("mariadb")


@pytest.fixture(scope="session")
def sqlite_server() -> Iterator[SqliteServer]:
    yield from _for_the_run("sqlite")


@pytest.fixture(scope="session", params=sorted(KINDS))
def database_server(request) -> DatabaseServer:
    """Each of the three in turn."""
    return request.getfixturevalue(f"{request.param}_server")


def _for_the_run(kind: str) -> Iterator[DatabaseServer]:
    server = started(kind)
    yield server
    server.stop()
