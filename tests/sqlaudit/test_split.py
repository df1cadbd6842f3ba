"""Statements are cut by the rules of their own database, and keep the text as typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.sqlaudit.limits import MAX_STATEMENTS, AuditError
from portal.sqlaudit.split import split, split_statements

DIALECTS = ("mysql", "postgresql", "sqlite")


def texts(sql: str, dialect: str = "mysql") -> list[str]:
    return [piece.sql for piece in split(sql, dialect)]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_semicolon_ends_a_statement_and_is_no_part_of_it(dialect):
    assert texts(" SELECT  1 ;\n\nSELECT 2;;  ", dialect) == ["SELECT  1", "SELECT 2"]


@pytest.mark.parametrize(
    ("dialect", "statement"),
    [
        ("mysql", r"SELECT 'a;b', 'it''s;', 'back\';slash'"),
        ("mysql", 'SELECT "a;""b;", `c;``d`'),
        ("mysql", "SELECT 1 -- one; two\n + 1 # three; four\n + /* five; */ 2"),
        ("mysql", "SELECT 1 --1;".removesuffix(";")),
        ("postgresql", r"SELECT 'ends with a backslash\', E'it\'s;'"),
        ("postgresql", "SELECT /* a /* nested; */ comment; */ 1"),
        ("postgresql", "DO $body$ BEGIN PERFORM 1; PERFORM $x$;$x$; END $body$"),
        ("postgresql", 'SELECT "a;" FROM t WHERE b = $1'),
        ("sqlite", "SELECT [a;b], `c;`, \"d;\""),
        ("sqlite", "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; SELECT 1; END"),
    ],
)
def test_what_only_looks_like_an_end_does_not_split(dialect, statement):
    assert texts(f"{statement};\nSELECT 2", dialect) == [statement, "SELECT 2"]


def test_a_delimiter_line_changes_the_end_and_is_no_statement():
    body = "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END"
    sql = f"DELIMITER //\n{body}//\ndelimiter ;\nSELECT 3;"
    assert texts(sql) == [body, "SELECT 3"]
    assert len(texts(sql, "postgresql")) > 2, "only the mysql client knows this command"


def test_an_unclosed_quote_hides_nothing_that_stands_before_it():
    assert texts("SELECT 1; SELECT 'open; SELECT 2") == ["SELECT 1", "SELECT 'open; SELECT 2"]


@pytest.mark.parametrize("sql", ["", "  \n", "-- only\n/* comments */", ";;;", "\ufeff"])
def test_blank_text_and_comments_are_no_statements(sql):
    assert not [text for text in texts(sql) if text]


def test_a_comment_before_a_statement_stays_with_it():
    assert texts("-- why\nSELECT 1; -- after") == ["-- why\nSELECT 1"]


def test_an_executable_comment_is_code():
    (piece,) = split("/*!50000 DROP TABLE t */;", "mysql")
    assert piece.has_executable_comment
    assert split("/*!50000 DROP TABLE t */;", "postgresql") == []


def test_too_many_statements_are_refused_with_the_limit():
    assert len(texts("SELECT 1;" * MAX_STATEMENTS)) == MAX_STATEMENTS
    with pytest.raises(AuditError, match=str(MAX_STATEMENTS)):
        split("SELECT 1;" * (MAX_STATEMENTS + 1), "mysql")


@given(
    st.text(alphabet="aE1 ;'\"`$[]()/*-#\\\n", max_size=80),
    st.sampled_from(DIALECTS),
)
def test_every_statement_is_a_slice_of_the_text_in_order(sql, dialect):
    at = 0
    for text in texts(sql, dialect):
        assert text
        at = sql.index(text, at) + len(text)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5), st.sampled_from(DIALECTS))
def test_literals_survive_whatever_they_hold(values, dialect):
    slash = "\\" if dialect == "mysql" else ""
    statements = [
        "SELECT '" + value.replace("\\", slash + "\\").replace("'", "''") + "'" for value in values
    ]
    assert texts(";".join(statements), dialect) == statements


def test_code_has_no_comments_and_keeps_its_lines():
    (piece,) = split("SELECT /* a\nb */ 'c -- d' -- e\n, 1--1", "mysql")
    assert piece.code == "SELECT  \n 'c -- d'  \n, 1 - -1"
    (piece,) = split("SELECT 1 /* a /* b */ c */ + 2", "postgresql")
    assert piece.code == "SELECT 1   + 2"


def test_a_double_minus_does_not_hide_the_rest_in_mysql():
    sql = "DELETE FROM t WHERE id = 1--1 OR 1 = 1"
    assert split(sql, "mysql")[0].code.endswith("OR 1 = 1")
    assert split(sql, "sqlite")[0].code.endswith("id = 1")


def test_the_statements_are_exported_as_typed():
    assert split_statements(" SELECT /* a */ 1 ;\nSELECT 2", "sqlite") == [
        "SELECT /* a */ 1",
        "SELECT 2",
    ]
