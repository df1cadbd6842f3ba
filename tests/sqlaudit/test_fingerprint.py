"""Values, comments, case and white space never change a fingerprint; tables and columns do."""

from __future__ import annotations

import random
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.sqlaudit import audit, fingerprint

DIALECTS = ["mysql", "postgresql", "sqlite"]
TEMPLATES = [
    "SELECT a, b FROM orders WHERE id = {v} AND name = {v} LIMIT {n}",
    "SELECT * FROM orders o JOIN users u ON u.id = o.uid WHERE o.state IN ({l}) ORDER BY o.id",
    "UPDATE orders SET state = {v}, note = {v} WHERE id NOT IN ({l})",
    "INSERT INTO orders (a, b) VALUES ({v}, {v})",
    "DELETE FROM orders WHERE a BETWEEN {v} AND {v} OR b LIKE {v}",
    "SELECT count(*) FROM orders WHERE (a, b) IN (({v}, {v})) GROUP BY a HAVING sum(b) > {v}",
]
values = st.one_of(
    st.integers(-999, 10**9).map(str),
    st.decimals(-9, 9, places=2).map(str),
    st.text("abcXYZ09 订单()?;#-", max_size=9).map(lambda text: f"'{text}'"),
)


@st.composite
def spellings(draw) -> tuple[str, str]:
    """Two spellings of one statement."""
    template = draw(st.sampled_from(TEMPLATES))

    def filled() -> str:
        parts = re.split(r"(\{[vln]\})", template)
        return "".join(_filled(draw, part) for part in parts)

    return filled(), filled()


def _filled(draw, part: str) -> str:
    if part == "{v}":
        return draw(values)
    if part == "{n}":
        return str(draw(st.integers(0, 99)))
    if part == "{l}":
        return ", ".join(draw(st.lists(values, min_size=1, max_size=5)))
    gap = draw(st.sampled_from([" ", "\n", " \t ", " /* 备注 'x */ ", " -- x;\n"]))
    part = part.replace(" ", gap)
    return draw(st.sampled_from([part, part.lower(), part.upper()]))


@pytest.mark.parametrize("dialect", DIALECTS)
@given(pair=spellings(), end=st.sampled_from(["", ";", " ; ", ";; -- done"]))
@settings(max_examples=150, deadline=None)
def test_a_spelling_changes_nothing(dialect, pair, end):
    first, second = pair
    assert fingerprint(first + end, dialect) == fingerprint(second, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_another_table_column_or_condition_is_another_statement(dialect):
    texts = [
        "SELECT a FROM t WHERE b = 1",
        "SELECT a FROM t2 WHERE b = 1",
        "SELECT c FROM t WHERE b = 1",
        "SELECT a FROM t WHERE c = 1",
        "SELECT a FROM t WHERE b > 1",
        "SELECT a FROM t WHERE b IN (1)",
        "SELECT a FROM t WHERE b IS NULL",
        "SELECT a FROM t",
        "SELECT a FROM s.t",
        "DELETE FROM t WHERE b = 1",
        "CALL a(1)",
        "CALL b(1)",
        "ANALYZE t",
        "ANALYZE t2",
        "INSERT INTO t (a) VALUES (1)",
        "INSERT INTO t (b) VALUES (1)",
    ]
    assert len({fingerprint(text, dialect) for text in texts}) == len(texts)


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"),
    [
        ("mysql", "SELECT `A`, \"x\" FROM `t` WHERE c = -1", "select a , ? from t where c = ?"),
        ("mysql", "SELECT `a b`, `null` FROM t # x", "select `a b` , `null` from t"),
        ("mysql", "VALUES (1, NULL), (2, 'x')", "values (?+)"),
        ("mysql", "VALUES (1, now()), (2, now())", "values ( ? , now ( ) )"),
        ("mysql", "SELECT a - 1, x'AB', 0x1F, b'1', 1e3", "select a - ? , ? , ? , ? , ?"),
        ("mysql", "SELECT 1 WHERE a IN (...)", "select ? where a in (?+)"),
        ("postgresql", 'SELECT "a", "B" FROM "t"', 'select a , "B" from t'),
        ("postgresql", "SELECT $$x$$, E'\\n' /* a /* b */ */", "select ? , ?"),
        ("postgresql", "SELECT b IN ($1,$2), $3", "select b in (?+) , ?"),
        ("postgresql", "SELECT a = ANY(ARRAY[1, 2])", "select a = any ( array (?+) )"),
        ("sqlite", 'SELECT [A], "b", `c` FROM t LIMIT ?1', "select a , b , c from t limit ?"),
    ],
)
def test_what_it_looks_like(dialect, sql, expected):
    assert fingerprint(sql, dialect) == expected


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("sql", ["", ";", "-- x", "THIS is 'not closed", "((((", "))", "\u2028"])
def test_what_no_parser_reads_has_one_too(dialect, sql):
    spaced = sql.replace(" ", " \t ")
    assert fingerprint(sql, dialect) == fingerprint(spaced + " ;", dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_random_text_has_one_in_time(dialect):
    source = random.Random(4)
    for _number in range(300):
        letters = "".join(source.choices("ab'\"`$()[],;-/*#\\ \n?:@", k=60))
        fingerprint(letters, dialect)
    for piece in ("(", "(1,", "in (", "values (1,a()),", "'", "/*", "a.", "call "):
        begun = time.thread_time()
        fingerprint("select " + piece * 20_000, dialect)
        assert time.thread_time() - begun < 4


def test_an_audit_marks_what_it_finds_fault_with(context):
    result = audit("SELECT a FROM t WHERE id = 1; DELETE FROM t;", "mysql")
    assert [one.fingerprint for one in result.statements] == ["", "delete from t"]
