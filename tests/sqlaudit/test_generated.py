"""Whatever is typed is judged or refused, in time: 20,000 statements and 2,000 broken ones."""

import time

import pytest

from portal.sqlaudit import AuditError, Level, audit, is_transactional, split_statements
from tests.sqlaudit.grammar import Grammar

DIALECTS = ("mysql", "postgresql", "sqlite")
SHARE, BATCH = 20_000 // len(DIALECTS) + 1, 100
BROKEN = 2000 // len(DIALECTS) + 1
LONGEST = 2.0


def judged(sql: str, dialect: str):
    """The result, None when it is refused with a sentence; never another exception, never late."""
    begun = time.thread_time()
    try:
        result = audit(sql, dialect)
    except AuditError:
        result = None
    assert time.thread_time() - begun <= LONGEST, sql
    return result


@pytest.mark.parametrize("dialect", DIALECTS)
def test_thousands_of_statements_are_judged(dialect):
    grammar = Grammar(1, dialect)
    unread = 0
    for _batch in range(SHARE // BATCH + 1):
        statements = [grammar.statement() for _n in range(BATCH)]
        result = judged(";\n".join(statements), dialect)
        assert [one.sql for one in result.statements] == statements
        rules = [{finding.rule for finding in one.findings} for one in result.statements]
        unread += sum("syntax" in found for found in rules)
    assert unread / SHARE < 0.02, "the grammar writes SQL that should be read"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_statement_alone_is_judged_as_among_others(dialect):
    """But for the rules that look at the whole text, of which one statement has none."""
    grammar = Grammar(2, dialect)
    for _n in range(300):
        sql = grammar.statement()
        (statement,) = judged(sql, dialect).statements
        assert statement.sql == sql
        assert all(one.message and one.english for one in statement.findings)
        is_transactional(sql, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_broken_statements_are_judged_or_refused(dialect):
    grammar = Grammar(3, dialect)
    errors = 0
    for _n in range(BROKEN):
        sql = grammar.broken()
        result = judged(sql, dialect)
        if result is not None:
            assert split_statements(sql, dialect) == [one.sql for one in result.statements]
            errors += result.level == Level.ERROR
            for one in result.statements:
                is_transactional(one.sql, dialect)
    assert errors > BROKEN / 3
