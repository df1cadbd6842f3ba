"""What was asked of one server is not believed of another."""

from __future__ import annotations

import pytest

from portal.kit.databases import (
    TargetError,
    TargetErrorKind,
    is_running,
    open_session,
    stop,
    transaction_outcome,
)
from tests.kit.databases.conftest import LIMITS, NAME
from tests.servers import KINDS


def identity(database) -> str:
    with database.open() as session:
        assert 0 < len(session.server_identity) <= 128
        return session.server_identity


def test_a_server_is_the_same_to_every_session_and_account(remote):
    remote.query("CREATE TABLE item (id integer)")
    account = remote.server.new_account(remote.name, "SELECT", "item")
    with remote.open(**account) as session:
        assert session.server_identity == identity(remote)


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_another_server_is_told_apart_and_a_restarted_one_is_not(kind, request):
    one, other = request.getfixturevalue(kind), KINDS[kind]()
    try:
        target = other.target(other.new_database())
        with open_session(target, NAME, LIMITS) as session:
            session.begin()
            number, server_id = session.transaction_id(), session.server_id
            there = session.server_identity
            assert is_running(target, server_id, NAME, LIMITS, there)
        assert there != identity(one)
        _refused_elsewhere(one, server_id, number, there)
        other._process.send_signal(other.stop_signal)
        other._process.wait(10)
        other.run()
        with open_session(target, NAME, LIMITS) as session:
            assert session.server_identity == there
        if number:
            assert transaction_outcome(target, number, LIMITS, there) == "aborted"
    finally:
        other.stop()


def _refused_elsewhere(database, server_id: str, number: str, there: str) -> None:
    for ask in (is_running, stop):
        with pytest.raises(TargetError) as caught:
            ask(database.target, server_id, NAME, LIMITS, there)
        error = caught.value
        assert (error.kind, error.code) == (TargetErrorKind.UNREACHABLE, "identity")
        assert "不是当时执行的那台" in error.sentence
    assert transaction_outcome(database.target, number, LIMITS, there) is None


def test_the_outcome_of_a_known_number_is_not_told_by_another_server(postgresql):
    with postgresql.open() as session:
        session.begin()
        number = session.transaction_id()
        session.commit()
        here = session.server_identity
    assert transaction_outcome(postgresql.target, number, LIMITS) == "committed"
    assert transaction_outcome(postgresql.target, number, LIMITS, here) == "committed"
    assert transaction_outcome(postgresql.target, number, LIMITS, here[:-1] + "X") is None


def test_a_server_that_tells_less_is_still_known(postgresql):
    """A role may be denied the functions that say most."""
    account = {"username": "denied", "password": "denied-here"}
    postgresql.server.create_account(postgresql.name, **account)
    postgresql.query("REVOKE EXECUTE ON FUNCTION pg_walfile_name(pg_lsn) FROM PUBLIC")
    try:
        with postgresql.open(**account) as one, postgresql.open() as two:
            assert one.server_identity == two.server_identity.partition("/")[0]
        postgresql.query("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        with postgresql.open(**account) as one, postgresql.open(**account) as two:
            assert one.server_identity == two.server_identity
            assert one.server_identity.endswith(f"@127.0.0.1:{postgresql.server.port}")
    finally:
        postgresql.query("GRANT EXECUTE ON FUNCTION pg_walfile_name(pg_lsn) TO PUBLIC")
        postgresql.query("GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC")
        postgresql.query("DROP ROLE denied")


def test_a_file_is_known_whatever_its_name(sqlite):
    path, then = sqlite.server.path(sqlite.name), identity(sqlite)
    moved = path.rename(path.with_name("moved.db"))
    path.touch()
    assert identity(sqlite) != then
    moved.replace(path)
    assert identity(sqlite) == then
