"""What a recorded run costs a statement, beside the bare driver on the same server.

    .venv/bin/python -m pytest tests/load/test_running.py -m load -s

Both send the same updates in one transaction. The portal writes each result down, and commits
that, before the next statement is sent: with SQLite as its own database, one safe write a
statement.
"""

from __future__ import annotations

import time

import pytest

from tests.execution.conftest import (
    Works,
    database_server,
    environment,
    mariadb_server,
    platform_environment,
    postgresql_server,
    sandbox,
    sandbox_server,
    server,
    sqlite_server,
    works,
    world,
)

__all__ = [
    "database_server",
    "environment",
    "mariadb_server",
    "platform_environment",
    "postgresql_server",
    "sandbox",
    "sandbox_server",
    "server",
    "sqlite_server",
    "works",
    "world",
]
pytestmark = pytest.mark.load
STATEMENTS = 500
UPDATE = "UPDATE stock SET n = n + {} WHERE id = 1"


def test_recording_a_run_costs_little_a_statement(works: Works, figures):
    texts = [UPDATE.format(number) for number in range(STATEMENTS)]
    ticket_id = works.ready(";\n".join(texts))
    works.press(ticket_id)
    begun = time.perf_counter()
    works.tick()
    own = time.perf_counter() - begun
    assert works.story(ticket_id)["status"] == "finished"
    bare = by_the_bare_driver(works, texts)
    assert works.stock()[1] == 10 + 2 * sum(range(STATEMENTS))
    a_statement = (own - bare) / STATEMENTS
    figures.say(
        f"run of {STATEMENTS} statements on {works.server.db_type}",
        f"{own:.2f} s",
        f"bare driver {bare:.3f} s, ratio {own / bare:.0f}, "
        f"recording {a_statement * 1000:.1f} ms a statement",
    )
    assert a_statement <= figures.goal("recording_seconds_a_statement")


def by_the_bare_driver(works: Works, texts: list[str]) -> float:
    """Seconds for the same in one transaction."""
    connection = works.server.connect(works.database)
    try:
        cursor = connection.cursor()
        begun = time.perf_counter()
        cursor.execute("BEGIN")
        for text in texts:
            cursor.execute(text)
        cursor.execute("COMMIT")
        return time.perf_counter() - begun
    finally:
        connection.close()
