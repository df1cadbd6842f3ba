"""Every statement is judged; what cannot be judged is refused with a sentence, and in time."""

import logging
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.sqlaudit import RULES, AuditError, Level, audit
from portal.sqlaudit.limits import MAX_BYTES

DIALECTS = ("mysql", "postgresql", "sqlite")
LITERAL = "INSERT INTO t (a) VALUES ('{}')"


def rules_of(sql: str, dialect: str = "mysql") -> list[str]:
    return [one.rule for statement in audit(sql, dialect).statements for one in statement.findings]


def test_a_statement_that_does_not_parse_is_an_error_and_the_rest_is_judged():
    result = audit("SELECT a FROM t; SELEC 1; DROP TABLE t; SELECT 'open", "mysql")
    assert [one.level for one in result.statements] == [
        Level.NORMAL,
        Level.ERROR,
        Level.WARN,
        Level.ERROR,
    ]
    assert [one.position for one in result.statements] == [1, 2, 3, 4]
    assert result.level == Level.ERROR
    assert result.pass_rate == 0.25
    assert "1" in result.statements[1].findings[0].message


@pytest.mark.parametrize(
    "sql", ["foo", "foo bar", "hello", "1", "CREATE TABEL t (a int)", "DROP", "SHOW", "UPDATE t"]
)
def test_what_sqlglot_only_takes_for_a_statement_is_an_error(sql):
    assert rules_of(sql) == ["syntax"]


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("mysql", "SHOW TABLES"),
        ("mysql", "SET NAMES utf8mb4"),
        ("mysql", "ANALYZE TABLE t"),
        ("mysql", "INSERT IGNORE INTO t (a) VALUES (1)"),
        ("mysql", "INSERT INTO t SET a = 1 ON DUPLICATE KEY UPDATE a = 2"),
        ("postgresql", "VACUUM"),
        ("postgresql", "LOCK TABLE t"),
        ("postgresql", "INSERT INTO t (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1"),
        ("sqlite", "PRAGMA foreign_keys = ON"),
        ("sqlite", "REINDEX"),
    ],
)
def test_ordinary_statements_of_each_database_pass(dialect, sql):
    assert rules_of(sql, dialect) == []


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("mysql", "CREATE PROCEDURE p() SELECT 1"),
        ("mysql", "ALTER TABLE t ADD COLUMN (a int NOT NULL, b int)"),
        ("mysql", "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST 'a')"),
        ("postgresql", "DO $$ BEGIN PERFORM 1; END $$"),
        ("postgresql", "ALTER TABLE t OWNER TO u"),
    ],
)
def test_what_was_not_read_says_so(dialect, sql):
    assert rules_of(sql, dialect) == ["not_read"]


def test_a_table_called_like_a_routine_is_read():
    assert rules_of("CREATE TABLE IF NOT EXISTS event (id bigint PRIMARY KEY)", "sqlite") == []
    assert rules_of("CREATE TABLE event (id int") == ["syntax"]


def test_the_broken_replace_is_found():
    assert "syntax" in rules_of("REPLACE INTO t VALUES (1")


def test_an_executable_comment_is_never_silent():
    assert rules_of("/*!50000 DROP TABLE t */") == ["executable_comment"]
    assert rules_of("DELETE /*! LOW_PRIORITY */ FROM t") == [
        "change_without_where",
        "executable_comment",
    ]


def test_the_log_never_holds_sql(caplog):
    with caplog.at_level(logging.DEBUG):
        audit("ALTER TABLE customers OWNER TO secret_person", "postgresql")
    assert "secret_person" not in caplog.text


@pytest.mark.parametrize("sql", ["", " \n\t", "-- nothing", "/* nothing */ ; ;"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_nothing_to_judge_is_refused(sql, dialect):
    with pytest.raises(AuditError, match="SQL"):
        audit(sql, dialect)


@pytest.mark.parametrize("sql", ["SELECT '\0'", "SELECT '\ud800'"])
def test_what_no_database_takes_is_refused(sql):
    with pytest.raises(AuditError, match="字符"):
        audit(sql, "mysql")


def test_two_mebibytes_are_judged_and_one_byte_more_is_refused():
    room = MAX_BYTES - len(LITERAL.format(""))
    assert audit(LITERAL.format("x" * room), "mysql").level == Level.NORMAL
    with pytest.raises(AuditError, match="2 MB"):
        audit(LITERAL.format("x" * (room + 1)), "mysql")
    with pytest.raises(AuditError, match="2 MB"):
        audit(LITERAL.format("汉" * (room // 3 + 1)), "mysql")


HOSTILE = {
    "brackets": "(" * MAX_BYTES,
    "select brackets": "SELECT " + "(" * 140_000,
    "closed brackets": "SELECT " + "(" * 30 + "1" + ")" * 30,
    "nots": "SELECT " + "NOT " * 70_000 + "1",
    "minus": "SELECT " + "- " * 140_000 + "1",
    "case": "SELECT " + "CASE WHEN " * 50_000,
    "plus": "SELECT " + "1+" * 70_000 + "1",
    "semicolons": ";" * MAX_BYTES,
    "quotes": "'" * MAX_BYTES,
    "dollars": "$a" * (MAX_BYTES // 2),
    "comments": "/*" * (MAX_BYTES // 2),
    "rows": "INSERT INTO t VALUES " + ", ".join(["(1, 'a', now())"] * 60_000),
    "delimiters": "DELIMITER a\n" * 150_000,
    "words": "a " * (MAX_BYTES // 2),
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_takes_longer_than_two_seconds(name, dialect):
    began = time.thread_time()
    try:
        outcome = audit(HOSTILE[name], dialect).level
    except AuditError as error:
        outcome = str(error)
    assert time.thread_time() - began <= 2
    assert outcome


def test_deep_nesting_does_not_break_a_thread():
    answers = []
    texts = ["SELECT " + "(" * depth + "1" + ")" * depth for depth in (10, 30, 31, 5000)]

    def judge():
        answers.extend(audit(text, "mysql").level for text in texts)

    thread = threading.Thread(target=judge)
    thread.start()
    thread.join()
    assert answers == [Level.NORMAL, Level.NORMAL, Level.ERROR, Level.ERROR]


WORDS = """SELECT FROM WHERE UPDATE SET DELETE t a = 1 ( ) , ; 'x' * DROP TABLE INSERT INTO
    VALUES NOT AND IN EXISTS CREATE ALTER ADD /*! */ -- $$ $a$ CASE END"""


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(WORDS.split()),
            max_size=20,
        ).map(" ".join),
    ),
    st.sampled_from(DIALECTS),
)
def test_any_text_is_judged_or_refused(sql, dialect):
    try:
        result = audit(sql, dialect)
    except AuditError:
        return  # refused, with the only exception that callers know
    assert result.statements
    assert 0 <= result.score <= 100
    assert 0 <= result.pass_rate <= 1
    for statement in result.statements:
        assert statement.sql in sql
        assert {one.rule for one in statement.findings} <= set(RULES)
