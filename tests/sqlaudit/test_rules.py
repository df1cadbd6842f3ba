"""Each rule finds what it is for and leaves its neighbours alone."""

import pytest

from portal.sqlaudit import Level, audit
from portal.sqlaudit.rules import RULES
from portal.sqlaudit.rules.registry import rule

CASES = [
    ("mysql", "UPDATE t SET a = 1", {"change_without_where"}),
    ("mysql", "UPDATE t SET a = 1 WHERE id = 1", set()),
    ("mysql", "DELETE FROM t LIMIT 5", {"change_without_where"}),
    ("mysql", "DELETE FROM t WHERE id = 1", set()),
    ("postgresql", "WITH gone AS (DELETE FROM t RETURNING id) SELECT id FROM gone",
     {"change_without_where"}),
    ("postgresql", "MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = 1", set()),
    ("mysql", "INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = 2", set()),
    ("mysql", "SELECT a FROM t FOR UPDATE", set()),
    ("mysql", "SELECT * FROM t", {"select_star"}),
    ("mysql", "SELECT t.* FROM t", {"select_star"}),
    ("mysql", "SELECT count(*) FROM t", set()),
    ("mysql", "SELECT a FROM t WHERE EXISTS (SELECT * FROM b)", set()),
    ("mysql", "INSERT INTO a SELECT * FROM b", {"select_star"}),
    ("sqlite", "DROP TABLE t", {"drop_object"}),
    ("mysql", "DROP INDEX i ON t", {"drop_object"}),
    ("mysql", "ALTER TABLE t DROP COLUMN a", set()),
    ("postgresql", "TRUNCATE t", {"truncate_table"}),
]


@pytest.mark.parametrize(("dialect", "sql", "expected"), CASES)
def test_a_rule_finds_what_it_is_for(dialect, sql, expected):
    (statement,) = audit(sql, dialect).statements
    assert {one.rule for one in statement.findings} == expected


def test_every_rule_has_a_case_that_breaks_it():
    assert set().union(*(expected for _, _, expected in CASES)) == set(RULES)


def test_the_worst_finding_stands_first_and_gives_the_level():
    (statement,) = audit("DELETE FROM t WHERE a IN (SELECT * FROM b); ", "mysql").statements
    assert statement.level == Level.NOTICE
    (statement,) = audit("DELETE FROM t ORDER BY (SELECT * FROM b)", "mysql").statements
    assert [one.level for one in statement.findings] == [Level.ERROR, Level.NOTICE]
    assert statement.level == Level.ERROR


def test_two_rules_cannot_share_an_id():
    with pytest.raises(ValueError, match="select_star"):

        @rule(Level.NOTICE)
        def select_star(tree):
            return None
