"""E5: a connection that breaks under a statement leaves its outcome unknown, and says so."""

from __future__ import annotations

import threading
import time

import pytest

from portal.kit.databases import Limits, TargetError, TargetErrorKind, stop
from tests.kit.databases.conftest import LIMITS, NAME
from tests.kit.databases.test_stopping import LONG, eventually, fill
from tests.servers_proxy import Proxy

SLOW = {
    "postgresql": "UPDATE item SET note = 'x' WHERE pg_sleep(0.4) IS NOT NULL",
    "mysql": "UPDATE item SET note = 'x' WHERE SLEEP(0.4) = 0",
}


@pytest.fixture
def proxy(remote):
    fill(remote)
    with Proxy(remote.server.port) as proxy:
        yield proxy


def lost(work) -> TargetError:
    with pytest.raises(TargetError) as caught:
        work()
    assert caught.value.kind is TargetErrorKind.LOST, caught.value
    return caught.value


def test_a_cut_connection_leaves_the_outcome_unknown(remote, proxy):
    with remote.open(port=proxy.port) as session:
        threading.Timer(0.2, proxy.cut).start()
        error = lost(lambda: session.execute(SLOW[remote.server.db_type]))
        assert "未知" in error.sentence
        # Unknown it is: both servers carry the statement to its end.
        done = [("x",), ("x",)]
        assert eventually(lambda: remote.query("SELECT note FROM item") == done)
        with pytest.raises(TargetError) as caught:
            session.execute("SELECT 1")
        assert (caught.value.kind, caught.value.code) == (TargetErrorKind.UNREACHABLE, "closed")


def test_a_connection_that_was_cut_before_is_unknown_too(remote, proxy):
    with remote.open(port=proxy.port) as session:
        proxy.cut()
        time.sleep(0.1)
        lost(lambda: session.execute("UPDATE item SET note = 'x'"))


def test_a_commit_that_nobody_answered_is_unknown(remote, proxy):
    with remote.open(port=proxy.port) as session:
        session.begin()
        session.execute("UPDATE item SET note = 'x'")
        proxy.cut()
        lost(session.commit)


def test_a_cut_in_the_middle_of_an_answer_is_unknown(remote, proxy):
    many = {
        "postgresql": "SELECT repeat('x', 1000), pg_sleep(0.001) FROM generate_series(1, 3000)",
        "mysql": "SELECT REPEAT('x', 1000), SLEEP(0.001) FROM seq_1_to_3000",
    }
    with remote.open(port=proxy.port) as session:
        threading.Timer(0.5, proxy.cut).start()
        lost(lambda: session.execute(many[remote.server.db_type]))


def test_a_server_that_neither_ends_nor_answers_is_cut(remote, proxy, monkeypatch):
    monkeypatch.setattr("portal.kit.databases.watch.GRACE", 0.5)
    monkeypatch.setattr("portal.kit.databases.watch.SLACK", 0.1)
    with remote.open(Limits(connect=5, statement=0.5, lock=5), port=proxy.port) as session:
        session._line.cancel = lambda: None
        for setting in ("SET statement_timeout = 0", "SET max_statement_time = 0"):
            try:
                session.execute(setting)
            except TargetError:
                continue  # the other one's
        started = time.monotonic()
        lost(lambda: session.execute(LONG[remote.server.db_type]))
        assert time.monotonic() - started < 4
        assert stop(remote.target, session.server_id, NAME, LIMITS)


def test_a_session_that_an_administrator_ended_is_unknown(remote):
    with remote.open() as session:
        number = session.server_id.partition("@")[0]
        end = {"postgresql": f"SELECT pg_terminate_backend({number})", "mysql": f"KILL {number}"}
        timer = threading.Timer(0.2, remote.query, [end[remote.server.db_type]])
        timer.start()
        fill(remote)
        error = lost(lambda: session.execute(LONG[remote.server.db_type]))
        assert error.code in {"57P01", "2013", "1927"}
        timer.join()


def test_a_failed_transaction_is_not_taken_for_kept(postgresql):
    fill(postgresql)
    with postgresql.open() as session:
        session.begin()
        session.execute("UPDATE item SET note = 'x'")
        for sql in ("SELECT nonsense", "SELECT 1"):
            with pytest.raises(TargetError) as caught:
                session.execute(sql)
            assert caught.value.kind is TargetErrorKind.REFUSED
        with pytest.raises(TargetError) as caught:
            session.commit()
        assert (caught.value.kind, caught.value.code) == (TargetErrorKind.REFUSED, "25P02")
        assert postgresql.query("SELECT note FROM item") == [("a",), ("b",)]


def test_what_cannot_be_undone_is_said(mariadb):
    mariadb.query("CREATE TABLE item (id integer) ENGINE = MyISAM")
    with mariadb.open() as session:
        session.begin()
        session.execute("INSERT INTO item VALUES (1)")
        assert session.rollback() is False
        session.begin()
        assert session.rollback() is True


def test_a_statement_too_long_for_the_server_is_not_sent(mariadb):
    with mariadb.open() as session:
        with pytest.raises(TargetError) as caught:
            session.execute("SELECT '" + "x" * 17_000_000 + "'")
        assert (caught.value.kind, caught.value.code) == (TargetErrorKind.REFUSED, "1153")
        assert session.execute("SELECT 1") == 1


def test_a_full_file_is_refused(sqlite):
    fill(sqlite)
    with sqlite.open() as session:
        session.execute("PRAGMA max_page_count = 3")
        session.begin()
        with pytest.raises(TargetError) as caught:
            session.execute(f"INSERT INTO item VALUES (3, '{'x' * 100_000}')")
        assert (caught.value.kind, caught.value.code) == (TargetErrorKind.REFUSED, "SQLITE_FULL")
        assert session.rollback() is True
    assert len(sqlite.query("SELECT * FROM item")) == 2


def test_copying_out_is_drained_and_copying_in_is_refused(postgresql):
    fill(postgresql)
    with postgresql.open() as session:
        assert session.execute("COPY item TO STDOUT") == 2
        with pytest.raises(TargetError) as caught:
            session.execute("COPY item FROM STDIN")
        assert caught.value.kind is TargetErrorKind.REFUSED
        assert session.execute("SELECT * FROM item") == 2


def test_a_file_of_the_portals_machine_is_not_given_away(mariadb):
    fill(mariadb)
    with mariadb.open() as session, pytest.raises(TargetError) as caught:
        session.execute("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE item")
    assert caught.value.kind is TargetErrorKind.REFUSED
    assert len(mariadb.query("SELECT * FROM item")) == 2


def test_a_procedure_with_many_answers_is_heard_to_its_end(mariadb):
    fill(mariadb)
    mariadb.query("CREATE PROCEDURE twice() BEGIN SELECT 1; SELECT 2; DELETE FROM item; END")
    with mariadb.open() as session:
        session.execute("CALL twice()")
        assert session.execute("SELECT * FROM item") == 0
