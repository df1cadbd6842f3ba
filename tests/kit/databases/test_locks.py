"""E6: a wait for somebody's lock ends, changes nothing, and names who is in the way."""

from __future__ import annotations

import re
import threading
import time
from contextlib import closing

import pytest

from portal.kit.databases import Limits, TargetError, TargetErrorKind

# MySQL counts its lock waits in whole seconds, and makes this one of it.
SHORT = Limits(connect=5, statement=10, lock=0.5)
TABLE = "CREATE TABLE item (id integer PRIMARY KEY, note text)"
BEGIN = {"postgresql": "BEGIN", "mysql": "BEGIN", "sqlite": "BEGIN IMMEDIATE"}
HELD = "UPDATE item SET note = 'held' WHERE id = 1"


@pytest.fixture
def holder(database):
    """Another session that holds the lock of a row."""
    database.query(TABLE)
    database.query("INSERT INTO item VALUES (1, 'a'), (2, 'b')")
    with closing(database.connect()) as connection:
        cursor = connection.cursor()
        cursor.execute(BEGIN[database.server.db_type])
        cursor.execute(HELD)
        yield connection


def number_of(connection) -> str:
    """What the server calls this bare connection."""
    pid = getattr(getattr(connection, "info", None), "backend_pid", None)
    return str(pid or connection.thread_id())


def refusal(session, sql) -> TargetError:
    with pytest.raises(TargetError) as caught:
        session.execute(sql)
    assert caught.value.kind is TargetErrorKind.LOCKED, caught.value
    return caught.value


def test_a_wait_for_a_row_ends_and_names_the_blocker(database, holder):
    with database.open(SHORT) as session:
        started = time.monotonic()
        error = refusal(session, "UPDATE item SET note = 'mine' WHERE id = 1")
        assert 0.4 < time.monotonic() - started < 4
        assert error.code in {"55P03", "1205", "SQLITE_BUSY"}
        if database.server.db_type != "sqlite":
            assert f"被会话 {number_of(holder)} 阻塞" in error.message
            assert database.server.username in error.message
            assert "127.0.0.1" in error.message
        assert session.execute("SELECT * FROM item") == 2
    assert database.query("SELECT note FROM item ORDER BY id") == [("a",), ("b",)]


def test_a_blocker_is_shown_with_its_state_and_never_its_sql(remote):
    remote.query(TABLE)
    with closing(remote.connect()) as holder, remote.open(SHORT) as session:
        cursor = holder.cursor()
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO item VALUES (1, '100% secret')")
        error = refusal(session, "INSERT INTO item VALUES (1, 'mine')")
        assert re.search("：(idle in transaction|Sleep)，已 \\d+ 秒$", error.message)
        assert "secret" not in error.message


def test_a_wait_for_a_table_names_who_may_be_in_the_way(mariadb):
    mariadb.query(TABLE)
    mariadb.query("INSERT INTO item VALUES (1, 'a')")
    with closing(mariadb.connect()) as holder, mariadb.open(SHORT) as session:
        holder.cursor().execute("BEGIN")
        holder.cursor().execute("SELECT * FROM item")
        error = refusal(session, "ALTER TABLE item ADD COLUMN more integer")
        assert f"可能被会话 {number_of(holder)} 阻塞" in error.message


def test_a_wait_for_a_table_names_the_blocker(postgresql):
    postgresql.query(TABLE)
    with closing(postgresql.connect()) as holder, postgresql.open(SHORT) as session:
        holder.execute("BEGIN")
        holder.execute("SELECT * FROM item")
        error = refusal(session, "ALTER TABLE item ADD COLUMN more integer")
        assert f"被会话 {number_of(holder)} 阻塞" in error.message


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_poor_account_waits_without_a_name_or_with_half_of_it(kind, request):
    database = request.getfixturevalue(kind)
    database.query(TABLE)
    database.query("INSERT INTO item VALUES (1, 'a')")
    account = database.server.new_account(database.name, "SELECT, UPDATE", "item")
    with closing(database.connect()) as holder, database.open(SHORT, **account) as session:
        cursor = holder.cursor()
        cursor.execute("BEGIN")
        cursor.execute(HELD)
        error = refusal(session, "UPDATE item SET note = 'mine'")
        assert "held" not in error.message
        assert "insufficient" not in error.message


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_a_lock_that_is_let_go_in_time_is_no_error(kind, request):
    database = request.getfixturevalue(kind)
    database.query(TABLE)
    database.query("INSERT INTO item VALUES (1, 'a')")
    with closing(database.connect()) as holder, database.open() as session:
        cursor = holder.cursor()
        cursor.execute("BEGIN")
        cursor.execute(HELD)
        timer = threading.Timer(0.5, cursor.execute, ["ROLLBACK"])
        timer.start()
        assert session.execute("UPDATE item SET note = 'mine' WHERE id = 1") == 1
        timer.join()


def test_a_file_that_is_let_go_in_time_is_no_error(sqlite):
    sqlite.query(TABLE)
    held = threading.Event()

    def hold() -> None:
        with closing(sqlite.connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            held.set()
            time.sleep(0.5)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(5)
    with sqlite.open() as session:
        session.begin()
        assert session.execute("INSERT INTO item VALUES (1, 'mine')") == 1
        session.commit()
    thread.join()


def test_a_wait_can_be_stopped(database, holder):
    with database.open() as session:
        timer = threading.Timer(0.4, session.interrupt)
        timer.start()
        started = time.monotonic()
        with pytest.raises(TargetError) as caught:
            session.execute("UPDATE item SET note = 'mine' WHERE id = 1")
        assert caught.value.kind is TargetErrorKind.CANCELED
        assert time.monotonic() - started < 2


def test_a_transaction_on_a_busy_file_is_refused_at_its_start(sqlite):
    sqlite.query(TABLE)
    with closing(sqlite.connect()) as holder, sqlite.open(SHORT) as session:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(TargetError) as caught:
            session.begin()
        assert caught.value.kind is TargetErrorKind.LOCKED


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_of_two_that_wait_for_each_other_one_is_refused(kind, request):
    database = request.getfixturevalue(kind)
    database.query(TABLE)
    database.query("INSERT INTO item VALUES (1, 'a'), (2, 'b')")
    errors = []
    both_hold = threading.Barrier(2)

    def change(session, first, second) -> None:
        session.begin()
        session.execute(f"UPDATE item SET note = 'x' WHERE id = {first}")
        both_hold.wait(5)
        try:
            session.execute(f"UPDATE item SET note = 'x' WHERE id = {second}")
        except TargetError as error:
            errors.append(error)
        session.rollback()

    with database.open() as one, database.open() as two:
        threads = [
            threading.Thread(target=change, args=(one, 1, 2)),
            threading.Thread(target=change, args=(two, 2, 1)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(8)
    assert {error.kind for error in errors} == {TargetErrorKind.REFUSED}
    assert errors[0].code in {"40P01", "1213"}
