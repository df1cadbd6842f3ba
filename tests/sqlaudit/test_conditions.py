"""Rules about conditions are not tricked by aliases, quotes, nesting and the like."""

import pytest

from tests.sqlaudit.finding import MYSQL, POSTGRESQL, check

CASES = [
    (MYSQL, "SELECT a FROM `t` WHERE Date(`t`.`created`) = '2020-01-01'", "function_on_column"),
    (POSTGRESQL, "SELECT a FROM t WHERE created::date = '2020-01-01'", "function_on_column"),
    (POSTGRESQL, "SELECT a FROM t WHERE data->>'x' = 'y'", "!function_on_column"),
    (
        POSTGRESQL,
        "CREATE INDEX CONCURRENTLY i ON t (lower(name)); SELECT a FROM t WHERE "
        "lower(name)='x'",
        "!function_on_column !function_on_index",
    ),
    (
        MYSQL,
        "SELECT a FROM t WHERE created > date_sub(now(), interval 1 day)",
        "!function_on_column !arithmetic_on_column",
    ),
    (MYSQL, "SELECT a FROM t WHERE created + interval 1 day > now()", "arithmetic_on_column"),
    (MYSQL, "SELECT a FROM t WHERE 'x' = lower(name)", "function_on_column"),
    (MYSQL, "SELECT a FROM t WHERE a+1 IN (1,2)", "arithmetic_on_column"),
    (MYSQL, "SELECT a FROM t WHERE substring(a,1,2) IN ('x')", "function_on_column"),
    (MYSQL, "SELECT a FROM t WHERE ifnull(a,0) = 1", "function_on_column"),
    (MYSQL, "SELECT a FROM t WHERE name NOT LIKE '%x'", "leading_wildcard"),
    (MYSQL, "SELECT a FROM t WHERE name LIKE CONCAT('%', 'x')", "leading_wildcard"),
    (POSTGRESQL, "SELECT a FROM t WHERE name ILIKE '%' || 'x'", "leading_wildcard"),
    (POSTGRESQL, "SELECT a FROM t WHERE name ~~ '%x'", "leading_wildcard"),
    (MYSQL, "SELECT a FROM t WHERE id NOT IN (SELECT b FROM u)", "not_in_nullable"),
    (MYSQL, "SELECT a FROM t WHERE NOT id IN (SELECT u.b FROM u AS u)", "not_in_nullable"),
    (
        MYSQL,
        "SELECT a FROM t WHERE id NOT IN (SELECT b FROM u WHERE b IS NOT NULL)",
        "!not_in_nullable",
    ),
    (MYSQL, "SELECT a FROM t WHERE id NOT IN (SELECT id FROM u)", "!not_in_nullable"),
    (MYSQL, "SELECT a FROM t WHERE a != NULL", "null_comparison"),
    (MYSQL, "UPDATE t SET a = NULL WHERE id=1", "!null_comparison"),
    (MYSQL, "INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = NULL", "!null_comparison"),
    (
        POSTGRESQL,
        "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = NULL WHERE t.c = "
        "1",
        "!null_comparison",
    ),
    (
        POSTGRESQL,
        "MERGE INTO t USING s ON t.id=s.id WHEN MATCHED THEN UPDATE SET a = NULL",
        "!null_comparison",
    ),
    (MYSQL, "SET @a = NULL", "!null_comparison"),
    (MYSQL, "SELECT IF(a = NULL, 1, 2) FROM t WHERE id=1", "null_comparison"),
    (
        MYSQL,
        "CREATE TABLE t (phone char(11)); SELECT 1 FROM t x WHERE x.phone = 1",
        "implicit_conversion",
    ),
    (
        MYSQL,
        "CREATE TABLE t (phone char(11)); DELETE FROM t WHERE phone IN (1,2)",
        "implicit_conversion",
    ),
    (
        MYSQL,
        "CREATE TABLE t (phone char(11)); UPDATE t SET phone = 1 WHERE id = 1",
        "!implicit_conversion",
    ),
    (
        MYSQL,
        "CREATE TABLE t (phone char(11)); SELECT 1 FROM t, u WHERE phone = 1 and "
        "t.id=u.id",
        "!implicit_conversion",
    ),
    (MYSQL, "SELECT a FROM t WHERE (a = 1 OR (b = 2))", "or_on_different_columns"),
    (MYSQL, "SELECT a FROM t WHERE (a=1 AND b=2) OR (a=2 AND b=3)", "!or_on_different_columns"),
]


@pytest.mark.parametrize(("dialect", "sql", "expected"), CASES)
def test_a_trick_changes_nothing(dialect, sql, expected):
    check(dialect, sql, expected)
