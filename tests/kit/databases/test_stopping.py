"""Statements that are ended: by the time limit, by somebody who asks, by who finds an orphan."""

from __future__ import annotations

import threading
import time

import pytest

from portal.kit.databases import (
    Limits,
    TargetError,
    TargetErrorKind,
)

QUICK = Limits(connect=5, statement=0.3, lock=5)
LONG = {
    "postgresql": "UPDATE item SET note = 'x' WHERE pg_sleep(30) IS NOT NULL",
    # One row a step, so that it is under way when it is stopped.
    "mysql": "UPDATE item SET note = 'x' WHERE SLEEP(30) = 0",
    "sqlite": "UPDATE item SET note = (WITH RECURSIVE n(i) AS"
    " (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n)",
}


def fill(database) -> None:
    """Two rows to change."""
    database.query("CREATE TABLE item (id integer PRIMARY KEY, note text)")
    database.query("INSERT INTO item VALUES (1, 'a'), (2, 'b')")


@pytest.fixture
def filled(database):
    fill(database)
    return database


def unchanged(database) -> bool:
    return database.query("SELECT note FROM item ORDER BY id") == [("a",), ("b",)]


def in_thread(work) -> tuple[threading.Thread, list]:
    """work runs beside us; what it raises comes into the list."""
    errors: list = []

    def run() -> None:
        try:
            work()
        except TargetError as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, errors


def eventually(check, seconds: float = 5.0) -> bool:
    ends = time.monotonic() + seconds
    while not (found := check()) and time.monotonic() < ends:
        time.sleep(0.05)
    return bool(found)


def test_a_statement_ends_at_its_time_limit(filled):
    with filled.open(QUICK) as session:
        started = time.monotonic()
        with pytest.raises(TargetError) as caught:
            session.execute(LONG[filled.server.db_type])
        assert caught.value.kind is TargetErrorKind.TIMEOUT
        assert time.monotonic() - started < 3
        assert unchanged(filled)
        assert session.execute("SELECT 1") == 1


@pytest.mark.parametrize("setting", ["SET statement_timeout = 0", "SET max_statement_time = 0"])
def test_a_ticket_cannot_switch_its_time_limit_off(setting, request, monkeypatch):
    monkeypatch.setattr("portal.kit.databases.watch.SLACK", 0.2)
    name = "postgresql" if "timeout" in setting else "mariadb"
    database = request.getfixturevalue(name)
    fill(database)
    with database.open(QUICK) as session:
        session.execute(setting)
        with pytest.raises(TargetError) as caught:
            session.execute(LONG[database.server.db_type])
        assert caught.value.kind is TargetErrorKind.TIMEOUT
        assert unchanged(database)


def test_a_statement_is_stopped_from_another_thread(filled):
    with filled.open() as session:
        thread, errors = in_thread(lambda: session.execute(LONG[filled.server.db_type]))
        time.sleep(0.3)
        session.interrupt()
        thread.join(5)
        assert [error.kind for error in errors] == [TargetErrorKind.CANCELED]
        assert unchanged(filled)
        assert session.execute("UPDATE item SET note = 'c'") == 2


def test_asking_an_idle_session_to_stop_does_not_hit_the_next_statement(filled):
    with filled.open() as session:
        for _ in range(5):
            session.interrupt()
            assert session.execute("SELECT * FROM item") == 2


def test_a_stop_at_the_very_start_is_not_lost(filled, monkeypatch):
    monkeypatch.setattr("portal.kit.databases.watch.TICK", 0.2)
    with filled.open() as session:
        begun = threading.Event()
        run = session._line.run

        def late(sql):
            begun.set()
            time.sleep(0.3)  # the server knows nothing of the statement yet
            return run(sql)

        session._line.run = late
        thread, errors = in_thread(lambda: session.execute(LONG[filled.server.db_type]))
        begun.wait(5)
        session.interrupt()
        thread.join(5)
        assert [error.kind for error in errors] == [TargetErrorKind.CANCELED]


def test_no_thread_is_left_behind(filled):
    with filled.open(Limits(connect=5, statement=0.3, lock=0.2)) as session:
        session.execute("SELECT 1")
        with pytest.raises(TargetError):
            session.execute(LONG[filled.server.db_type])
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith("target-")]


def test_nothing_of_ours_stays_on_the_server(filled):
    with filled.open(name="portal-exec-55") as session:
        session.execute("SELECT 1")
    assert eventually(lambda: filled.server.sessions("portal-exec-55") == [])
    assert eventually(lambda: filled.server.sessions("portal-watch") == [])


def test_a_stop_that_cannot_be_asked_for_is_said_and_tried_again(filled, monkeypatch):
    monkeypatch.setattr("portal.kit.databases.watch.TICK", 0.2)
    with filled.open() as session:
        cancel, failures = session._line.cancel, [TargetErrorKind.UNREACHABLE]

        def second_time() -> None:
            if failures:
                raise TargetError(failures.pop(), "connect", "no way through")
            cancel()

        session._line.cancel = second_time
        thread, errors = in_thread(lambda: session.execute(LONG[filled.server.db_type]))
        time.sleep(0.2)
        with pytest.raises(TargetError):
            session.interrupt()
        thread.join(5)
        assert [error.kind for error in errors] == [TargetErrorKind.CANCELED]
