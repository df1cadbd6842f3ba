"""What becomes of sessions and transactions whose client is gone."""

from __future__ import annotations

import signal
import time

import pytest

from portal.kit.databases import (
    Limits,
    TargetError,
    TargetErrorKind,
    is_running,
    stop,
    transaction_outcome,
)
from tests.kit.databases.conftest import LIMITS, NAME
from tests.kit.databases.test_stopping import LONG, eventually, fill, in_thread, unchanged


def test_a_session_runs_until_it_is_closed(remote):
    session = remote.open()
    assert is_running(remote.target, session.server_id, NAME, LIMITS)
    session.close()
    assert eventually(lambda: not is_running(remote.target, session.server_id, NAME, LIMITS))


def test_a_later_session_with_the_same_number_is_another(remote):
    with remote.open() as session:
        number, _, _mark = session.server_id.partition("@")
        assert not is_running(remote.target, f"{number}@10.9.8.7:1", NAME, LIMITS)
        assert not stop(remote.target, f"{number}@10.9.8.7:1", NAME, LIMITS)
        assert session.execute("SELECT 1") == 1


def test_a_session_that_a_pool_gave_to_another_is_not_ours(postgresql):
    """PgBouncer keeps the server's session when its client goes, and renames it for the next."""
    with postgresql.open() as session:
        session.execute("SET application_name = 'somebody else'")
        assert not is_running(postgresql.target, session.server_id, NAME, LIMITS)
        assert not stop(postgresql.target, session.server_id, NAME, LIMITS)
        assert is_running(postgresql.target, session.server_id, "", LIMITS)


def test_a_session_of_another_account_is_found(remote):
    """PostgreSQL hides the start of others' sessions."""
    remote.query("CREATE TABLE item (id integer)")
    account = remote.server.new_account(remote.name, "SELECT", "item")
    poor = remote.server.target(remote.name, **account)
    with remote.open() as session:
        is_found = is_running(poor, session.server_id, NAME, LIMITS)
        assert is_found == (remote.server.db_type == "postgresql")


def test_an_orphan_is_stopped(remote):
    fill(remote)
    session = remote.open()
    session.begin()
    number = session.transaction_id()
    thread, errors = in_thread(lambda: session.execute(LONG[remote.server.db_type]))
    time.sleep(0.3)
    assert stop(remote.target, session.server_id, NAME, LIMITS)
    assert eventually(lambda: not is_running(remote.target, session.server_id, NAME, LIMITS))
    assert not stop(remote.target, session.server_id, NAME, LIMITS)
    thread.join(5)
    assert [error.kind for error in errors] == [TargetErrorKind.LOST]
    assert unchanged(remote)
    if number:
        assert transaction_outcome(remote.target, number, LIMITS) == "aborted"


def test_a_file_has_no_sessions(sqlite):
    with sqlite.open() as session:
        assert session.server_id == ""
        assert not is_running(sqlite.target, "", NAME, LIMITS)
        assert not stop(sqlite.target, "", NAME, LIMITS)


def test_a_transaction_is_known_by_its_id(postgresql):
    with postgresql.open() as session:
        assert session.transaction_id() == ""
        ids = []
        for end in (session.commit, session.rollback):
            session.begin()
            ids.append(session.transaction_id())
            assert transaction_outcome(postgresql.target, ids[-1], LIMITS) == "in progress"
            end()
        outcomes = [transaction_outcome(postgresql.target, one, LIMITS) for one in ids]
    assert outcomes == ["committed", "aborted"]


@pytest.mark.parametrize("number", ["99999999999", "", "x", "1; DROP TABLE item", "9" * 40])
def test_an_unknown_transaction_has_no_outcome(postgresql, number):
    assert transaction_outcome(postgresql.target, number, LIMITS) is None


def test_only_postgresql_knows_outcomes(mariadb):
    with mariadb.open() as session:
        session.begin()
        assert session.transaction_id() == ""
    assert transaction_outcome(mariadb.target, "1", LIMITS) is None


def test_a_server_that_does_not_answer_is_left_in_time(remote):
    """A stopped process takes connections, and is silent."""
    with remote.open() as session:
        remote.server.signal(signal.SIGSTOP)
        started = time.monotonic()
        try:
            with pytest.raises(TargetError) as caught:
                is_running(remote.target, session.server_id, NAME, Limits(connect=1))
        finally:
            remote.server.signal(signal.SIGCONT)
        assert (caught.value.kind, caught.value.code) == (TargetErrorKind.UNREACHABLE, "timeout")
        assert time.monotonic() - started < 4
        assert session.execute("SELECT 1") == 1
