"""What a session does when all goes well: one statement a call, byte for byte."""

from __future__ import annotations

import tracemalloc

import pytest

from portal.kit.databases import TargetError, TargetErrorKind

TABLE = "CREATE TABLE item (id integer PRIMARY KEY, note text)"


@pytest.fixture
def session(database):
    with database.open() as session:
        session.execute(TABLE)
        yield session


def test_rows_changed_and_rows_found_are_counted(session):
    assert session.execute("INSERT INTO item VALUES (1, 'a'), (2, 'b'), (3, 'c')") == 3
    assert session.execute("UPDATE item SET note = 'x' WHERE id < 3") == 2
    assert session.execute("SELECT * FROM item") == 3
    found = session.execute("DELETE FROM item WHERE id = 99")
    assert (found, type(found)) == (0, int)


def test_ddl_has_no_rows(session):
    assert session.execute("CREATE INDEX item_note ON item (id)") in (None, 0)


def test_a_statement_is_kept_at_once(session, database):
    session.execute("INSERT INTO item VALUES (1, 'a')")
    assert database.query("SELECT note FROM item") == [("a",)]


def test_a_transaction_is_kept_by_commit_only(session, database):
    session.begin()
    session.execute("INSERT INTO item VALUES (1, 'a')")
    assert database.query("SELECT * FROM item") == []
    session.commit()
    assert database.query("SELECT * FROM item") == [(1, "a")]


def test_a_transaction_is_undone_by_rollback(session, database):
    session.begin()
    session.execute("INSERT INTO item VALUES (1, 'a')")
    assert session.rollback() is True
    session.execute("INSERT INTO item VALUES (2, 'b')")
    assert database.query("SELECT * FROM item") == [(2, "b")]


def test_closing_undoes_an_open_transaction(session, database):
    session.begin()
    session.execute("INSERT INTO item VALUES (1, 'a')")
    session.close()
    assert database.query("SELECT * FROM item") == []


@pytest.mark.parametrize(
    "text",
    ["100%", "%s %(a)s %%", "a;b", "'' \" ` $1 $$ ?", "：中文 🎉", "line\nline -- no comment"],
)
def test_sql_reaches_the_server_untouched(session, database, text):
    quoted = text.replace("'", "''")
    session.execute(f"INSERT INTO item VALUES (1, '{quoted}')")
    assert database.query("SELECT note FROM item") == [(text,)]


def test_a_megabyte_of_sql_reaches_the_server_untouched(session, database):
    text = "汉%;" * 250_000
    if database.server.db_type == "mysql":
        session.execute("ALTER TABLE item MODIFY note longtext")
    session.execute(f"INSERT INTO item VALUES (1, '{text}')")
    ((kept,),) = database.query("SELECT note FROM item")
    assert kept == text


@pytest.mark.parametrize(
    "sql", ["INSERT INTO item VALUES (1, 'a'); DELETE FROM item", "SELECT 1; SELECT 2"]
)
def test_two_statements_in_one_call_are_refused(session, database, sql):
    with pytest.raises(TargetError) as caught:
        session.execute(sql)
    assert caught.value.kind is TargetErrorKind.REFUSED
    assert database.query("SELECT * FROM item") == []


@pytest.mark.parametrize("sql", ["INSERT INTO item VALUES (1, 'a')\0, (2, 'b')", "SELECT '\ud83c'"])
def test_text_that_cannot_be_sent_whole_is_not_sent(session, database, sql):
    with pytest.raises(TargetError) as caught:
        session.execute(sql)
    assert (caught.value.kind, caught.value.code) == (TargetErrorKind.REFUSED, "text")
    assert database.query("SELECT * FROM item") == []
    session.execute("INSERT INTO item VALUES (3, 'still good')")


def test_a_mistake_is_refused_in_the_servers_words(session, database):
    with pytest.raises(TargetError) as caught:
        session.execute("INSERT INTO nowhere VALUES (1)")
    error = caught.value
    assert error.kind is TargetErrorKind.REFUSED
    assert "nowhere" in error.message
    assert error.code in {"42P01", "1146", "SQLITE_ERROR"}
    assert error.sentence == "目标数据库拒绝执行这条语句。"
    assert error.cure
    assert session.execute("SELECT 1") == 1


NUMBERS = {
    "postgresql": "SELECT repeat('x', 3000) FROM generate_series(1, 20000)",
    "mysql": "SELECT REPEAT('x', 3000) FROM seq_1_to_20000",
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
    " SELECT printf('%3000d', i) FROM n",
}


def test_a_huge_answer_does_not_fill_the_memory(session, database):
    sql = NUMBERS[database.server.db_type]
    peak = _resident(lambda: session.execute(sql))
    assert peak < 20_000_000


def _resident(work) -> int:
    """Bytes by which the process grew, C libraries included."""

    def size() -> int:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * 4096

    before = size()
    tracemalloc.start()
    try:
        assert work() == 20000
        return max(size() - before, tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def test_a_server_id_begins_with_the_number_that_the_server_shows(database):
    with database.open(name="portal-exec-41") as session:
        numbers = database.server.sessions("portal-exec-41")
        assert [session.server_id.partition("@")[0]] == (numbers or [""])
        assert len(session.server_id) <= 64


def test_a_closed_session_sends_nothing(session):
    session.close()
    for act in (session.begin, session.commit, lambda: session.execute("SELECT 1")):
        with pytest.raises(TargetError) as caught:
            act()
        assert (caught.value.kind, caught.value.code) == (TargetErrorKind.UNREACHABLE, "closed")
    session.close()
