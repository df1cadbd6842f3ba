"""Rules about changed rows are not tricked by aliases, quotes, nesting and the like."""

import pytest

from tests.sqlaudit.finding import MYSQL, POSTGRESQL, check

CASES = [
    (MYSQL, "WITH x AS (SELECT 1) UPDATE t SET a=1", "change_without_where"),
    (
        POSTGRESQL,
        "WITH x AS (DELETE FROM t WHERE true RETURNING *) SELECT id FROM x WHERE id=1",
        "change_always_true",
    ),
    (MYSQL, "DELETE FROM t WHERE `id` = `id`", "change_always_true"),
    (MYSQL, "DELETE FROM t WHERE (1)", "change_always_true"),
    (MYSQL, "DELETE FROM t WHERE a=1 OR 1", "change_always_true"),
    (MYSQL, "DELETE FROM t WHERE a=1 OR (1=1 AND 'a'='a')", "change_always_true"),
    (MYSQL, "DELETE FROM t WHERE NOT 1=2", "change_always_true"),
    (MYSQL, "DELETE FROM t WHERE 1 = 1.0", "change_always_true"),
    (MYSQL, "DELETE FROM t WHERE 1 < 2", "change_always_true"),
    (MYSQL, "DELETE FROM t WHERE 1 IN (1,2)", "change_always_true"),
    (MYSQL, "DELETE FROM t WHERE 1 BETWEEN 0 AND 2", "change_always_true"),
    (MYSQL, "DELETE FROM t WHERE 'a' LIKE 'a'", "change_always_true"),
    (MYSQL, "DELETE FROM t WHERE id IS NULL OR id IS NOT NULL", "change_always_true"),
    (MYSQL, "DELETE FROM t WHERE EXISTS (SELECT 1)", "change_always_true"),
    (MYSQL, "DELETE FROM t WHERE 1 IS NOT NULL", "change_always_true"),
    (MYSQL, "DELETE FROM t WHERE name LIKE '%'", "change_always_true"),
    (MYSQL, "DELETE FROM t WHERE -1", "change_always_true"),
    (MYSQL, 'DELETE FROM t WHERE 1=1 -- AND a=2\n', "change_always_true"),
    (POSTGRESQL, "DELETE FROM t WHERE 't'::boolean", "change_always_true"),
    (MYSQL, "UPDATE t SET a=1 WHERE 0", "!change_always_true"),
    (MYSQL, "UPDATE t SET a=1 WHERE a='' OR b=1 AND 1=1", "!change_always_true"),
    (MYSQL, "UPDATE a JOIN b ON a.id=b.id SET a.id=3 WHERE b.x=1", "update_primary_key"),
    (POSTGRESQL, "UPDATE t AS x SET id = x.id + 1 WHERE x.a = 1", "update_primary_key"),
    (MYSQL, "UPDATE t SET name = 'x', `ID` = 3 WHERE id=1", "update_primary_key"),
    (
        POSTGRESQL,
        "CREATE TABLE IF NOT EXISTS t (code text, PRIMARY KEY (code)); UPDATE t SET "
        "code='a' WHERE code='b'",
        "update_primary_key",
    ),
    (
        POSTGRESQL,
        "CREATE TABLE IF NOT EXISTS public.t (code text PRIMARY KEY); UPDATE t SET id=1 "
        "WHERE code='b'",
        "!update_primary_key",
    ),
    (MYSQL, "INSERT INTO t SELECT a,b FROM u WHERE id=1", "insert_without_columns"),
    (POSTGRESQL, "INSERT INTO t DEFAULT VALUES", "!insert_without_columns"),
    (MYSQL, "REPLACE INTO t VALUES (1)", "insert_without_columns replace_rows"),
    (MYSQL, "DELETE FROM t WHERE id=1 LIMIT 1", "!limit_without_order"),
    (MYSQL, "UPDATE t SET a=1 WHERE b=1 LIMIT 1", "limit_without_order"),
]


@pytest.mark.parametrize(("dialect", "sql", "expected"), CASES)
def test_a_trick_changes_nothing(dialect, sql, expected):
    check(dialect, sql, expected)
