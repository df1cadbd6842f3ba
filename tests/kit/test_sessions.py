"""Reading and writing transactions on SQLite."""

import sqlite3

import pytest
from sqlalchemy import text

from portal.extensions import db


def test_a_page_uses_one_connection_however_many_questions_it_asks(context):
    session = db.session()
    session.read_only()
    for _question in range(30):
        session.execute(text("SELECT 1"))
    assert db.engine.pool.checkedout() == 1


def test_a_reader_does_not_wait_for_a_writer(context):
    path = db.engine.url.database
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    db.session().read_only()
    assert db.session.execute(text("SELECT 7")).scalar_one() == 7
    writer.execute("ROLLBACK")
    writer.close()


def test_two_writers_lose_no_update(context):
    """The driver's own BEGIN lets a read-then-write lose the other's work."""
    first, second = db.engine.connect(), db.engine.connect()
    with first.begin():
        first.execute(text("SELECT 1"))  # holds the writer's place from here on
        second.connection.execute("PRAGMA busy_timeout=50")
        with pytest.raises(Exception, match="locked"):
            second.execute(text("SELECT 1"))
    first.close()
    second.close()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 2), ("busy_timeout", 10000)],
)
def test_sqlite_is_set_up_for_more_than_one_process(context, pragma, value):
    assert db.session.execute(text(f"PRAGMA {pragma}")).scalar_one() == value
