"""The 测试连接 button's look at a server, and what read-only means for each of them."""

from __future__ import annotations

import pytest

from portal.kit.databases import TargetError, TargetErrorKind, look
from portal.kit.databases.facts import NEEDED
from tests.kit.databases.conftest import LIMITS
from tests.kit.databases.test_stopping import fill


def test_an_account_that_may_everything_misses_nothing(remote):
    fill(remote)
    facts = look(remote.target, LIMITS)
    assert facts.is_superuser
    assert facts.is_encrypted
    assert not facts.is_read_only
    assert facts.missing == []
    assert remote.name in facts.databases
    assert remote.server.username in facts.account
    assert any(char.isdigit() for char in facts.version)
    assert remote.server.password not in repr(facts)


def test_a_poor_account_sees_what_it_misses(remote):
    fill(remote)
    account = remote.server.new_account(remote.name, "SELECT, INSERT", "item")
    facts = look(remote.server.target(remote.name, **account), LIMITS)
    assert not facts.is_superuser
    assert {"DELETE", "DROP", "ALTER", "CREATE"} <= set(facts.missing)
    assert any("SELECT" in line for line in facts.rights)
    assert account["username"] in facts.account


@pytest.mark.parametrize(
    ("scope", "covered"), [(r"shop\_%", True), ("shop%", True), ("other%", False), ("sho_", False)]
)
def test_a_grant_on_a_pattern_counts(mariadb, scope, covered):
    account = mariadb.server.new_account(mariadb.name, "SELECT", _table(mariadb))
    mariadb.query(f"GRANT ALL ON `{scope}`.* TO {account['username']}")
    facts = look(mariadb.server.target(mariadb.name, **account), LIMITS)
    assert facts.missing == ([] if covered else list(NEEDED))
    assert not facts.is_superuser


def _table(database) -> str:
    fill(database)
    return "item"


def test_a_schema_is_looked_at_by_itself(postgresql):
    postgresql.query("CREATE SCHEMA sales")
    facts = look(postgresql.server.target(postgresql.name, schema="sales"), LIMITS)
    assert facts.schemas == ["public", "sales"]
    assert facts.missing == []


def test_a_file_is_looked_at(sqlite):
    fill(sqlite)
    before = sqlite.server.path(sqlite.name).read_bytes()
    facts = look(sqlite.target, LIMITS)
    assert (facts.is_read_only, facts.missing) == (False, [])
    assert "SQLite 3" in facts.version
    assert sqlite.server.path(sqlite.name).read_bytes() == before


def read_only_account(database) -> dict:
    """Changes for target(); the database writes nothing with them any more."""
    server = database.server
    if server.db_type == "sqlite":
        # The header's write version: newer than this SQLite knows, so it only reads.
        path = server.path(database.name)
        content = bytearray(path.read_bytes())
        content[18] = 3
        path.write_bytes(content)
        return {}
    account = server.new_account(database.name, "SELECT, UPDATE", "item")
    if server.db_type == "postgresql":
        database.query(f"ALTER ROLE {account['username']} SET default_transaction_read_only = on")
    else:
        database.query("SET GLOBAL read_only = 1")
    return account


@pytest.fixture
def read_only(database):
    fill(database)
    yield read_only_account(database)
    if database.server.db_type == "mysql":
        database.query("SET GLOBAL read_only = 0")


def test_a_read_only_target_says_so(database, read_only):
    with database.open(**read_only) as session:
        assert session.execute("SELECT * FROM item") == 2
        with pytest.raises(TargetError) as caught:
            session.execute("UPDATE item SET note = 'x'")
        assert caught.value.kind is TargetErrorKind.READ_ONLY
        assert caught.value.code in {"25006", "1290", "SQLITE_READONLY"}
    assert database.query("SELECT note FROM item") == [("a",), ("b",)]


def test_a_look_sees_that_a_target_is_read_only(database, read_only):
    facts = look(database.server.target(database.name, **read_only), LIMITS)
    assert facts.is_read_only


@pytest.mark.parametrize("kind", ["postgresql", "mariadb", "sqlite"])
def test_a_look_at_nothing_says_why(kind, request):
    database = request.getfixturevalue(kind)
    with pytest.raises(TargetError) as caught:
        look(database.server.target("no_such_database"), LIMITS)
    assert caught.value.kind in {TargetErrorKind.REFUSED, TargetErrorKind.UNREACHABLE}
