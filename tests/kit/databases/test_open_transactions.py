"""Whether a transaction is open is the server's to say, whoever opened or ended it."""

from __future__ import annotations

import pytest

from portal.kit.databases import TargetError, TargetErrorKind

TABLE = "CREATE TABLE item (id integer PRIMARY KEY, note text)"
INSERT = "INSERT INTO item VALUES (1, 'a')"
OPENING = {
    "postgresql": [["BEGIN"], ["START TRANSACTION READ WRITE"]],
    "mysql": [
        ["BEGIN"],
        ["SET autocommit = 0"],
        ["SET @a=1,@b=2,@c=3,@d=4,@e=5,@f=6, autocommit=0"],
        ["PREPARE s FROM 'SET autocommit = 0'", "EXECUTE s"],
        ["EXECUTE IMMEDIATE 'BEGIN'"],
        ["CREATE PROCEDURE opens() BEGIN START TRANSACTION; SELECT 1; END", "CALL opens()"],
    ],
    "sqlite": [["BEGIN"], ["SAVEPOINT a"]],
}
ENDING = {
    "postgresql": ["COMMIT", "ROLLBACK"],
    "mysql": ["COMMIT", "ROLLBACK", "CREATE TABLE more (id integer)", "ANALYZE TABLE item"],
    "sqlite": ["COMMIT", "ROLLBACK"],
}


def cases(table: dict[str, list]) -> list:
    fixtures = {"mysql": "mariadb"}
    return [
        pytest.param(fixtures.get(kind, kind), one, id=f"{kind}-{one}")
        for kind, ones in table.items()
        for one in ones
    ]


@pytest.fixture
def session(database):
    with database.open() as session:
        session.execute(TABLE)
        yield session


def test_what_was_executed_by_itself_is_kept(session):
    assert not session.is_in_transaction()
    for sql in (INSERT, "SELECT * FROM item", "DELETE FROM item", "DROP TABLE item"):
        session.execute(sql)
        assert not session.is_in_transaction()


@pytest.mark.parametrize(("kind", "statements"), cases(OPENING))
def test_a_transaction_that_a_statement_opened_is_seen(kind, statements, request):
    database = request.getfixturevalue(kind)
    with database.open() as session:
        session.execute(TABLE)
        for sql in statements:
            assert not session.is_in_transaction()
            session.execute(sql)
        assert session.is_in_transaction()
        session.execute(INSERT)
        assert session.is_in_transaction()
        assert session.execute("SELECT * FROM item") == 1
        assert session.is_in_transaction()
    assert database.query("SELECT * FROM item") == []


def test_our_own_transaction_is_seen_until_it_ends(session):
    for end in (session.commit, session.rollback):
        session.begin()
        assert session.is_in_transaction()
        session.execute("SELECT * FROM item")
        assert session.is_in_transaction()
        with pytest.raises(TargetError):
            session.execute("SELECT nonsense")
        assert session.is_in_transaction()
        session.rollback()
        session.begin()
        session.execute("INSERT INTO item VALUES (2, 'b')")
        end()
        assert not session.is_in_transaction()
        session.execute("DELETE FROM item")


@pytest.mark.parametrize(("kind", "sql"), cases(ENDING))
def test_a_transaction_that_a_statement_ended_is_seen(kind, sql, request):
    with request.getfixturevalue(kind).open() as session:
        session.execute(TABLE)
        session.begin()
        session.execute(INSERT)
        session.execute(sql)
        assert not session.is_in_transaction()


def test_a_procedure_that_fails_leaves_its_transaction_open(mariadb):
    fails = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'boom'"
    with mariadb.open() as session:
        session.execute(TABLE)
        body = f"START TRANSACTION; {INSERT}; {fails};"
        session.execute(f"CREATE PROCEDURE opens() BEGIN {body} END")
        with pytest.raises(TargetError):
            session.execute("CALL opens()")
        assert session.is_in_transaction()
    assert mariadb.query("SELECT * FROM item") == []


def test_only_an_answer_without_a_status_is_asked_for(mariadb, monkeypatch):
    with mariadb.open() as session:
        asked, ping = [], session._line._connection.ping
        monkeypatch.setattr(session._line._connection, "ping", lambda: asked.append(ping()))
        session.execute(TABLE)
        session.begin()
        session.execute(INSERT)
        assert session.is_in_transaction()
        session.commit()
        assert not session.is_in_transaction()
        assert not asked
        session.execute("SELECT * FROM item")
        assert not session.is_in_transaction()
        assert not session.is_in_transaction()
        assert len(asked) == 1


def test_a_closed_session_cannot_tell(session):
    session.close()
    with pytest.raises(TargetError) as caught:
        session.is_in_transaction()
    assert (caught.value.kind, caught.value.code) == (TargetErrorKind.UNREACHABLE, "closed")
    assert "断开" in caught.value.sentence


@pytest.mark.parametrize("setting", ["SET autocommit=0", "BEGIN", "SET autocommit=0; BEGIN"])
def test_a_server_cannot_take_autocommit_away(mariadb, setting):
    """It runs init_connect for every account without SUPER, after the login."""
    mariadb.query(TABLE)
    account = mariadb.server.new_account(mariadb.name, "SELECT, INSERT", "item")
    mariadb.query(f"SET GLOBAL init_connect = '{setting}'")
    try:
        with mariadb.open(**account) as session:
            assert not session.is_in_transaction()
            session.execute(INSERT)
            assert mariadb.query("SELECT * FROM item") == [(1, "a")]
    finally:
        mariadb.query("SET GLOBAL init_connect = ''")


def test_what_could_not_be_undone_is_known_without_a_list_of_warnings(mariadb):
    mariadb.query("CREATE TABLE item (id integer) ENGINE = MyISAM")
    mariadb.query("SET GLOBAL max_error_count = 0")
    try:
        with mariadb.open() as session:
            for setting in ("SET @a = 1", "SET max_error_count = 0"):
                session.execute(setting)
                session.begin()
                session.execute("INSERT INTO item VALUES (1)")
                assert session.rollback() is False
            session.begin()
            assert session.rollback() is True
    finally:
        mariadb.query("SET GLOBAL max_error_count = 64")
