"""Rules about the shape of queries are not tricked by aliases, quotes, nesting and the like."""

import pytest

from tests.sqlaudit.finding import MYSQL, POSTGRESQL, check

CASES = [
    (MYSQL, "SELECT a FROM t ORDER BY RAND() LIMIT 3", "order_by_random"),
    (POSTGRESQL, "SELECT a FROM t ORDER BY random()", "order_by_random"),
    (MYSQL, "SELECT a FROM t LIMIT 100000, 10", "big_offset"),
    (POSTGRESQL, "SELECT a FROM t OFFSET 20000 ROWS FETCH NEXT 5 ROWS ONLY", "big_offset"),
    (MYSQL, "SELECT a FROM t WHERE id=1 UNION SELECT b FROM u WHERE id=1", "union_distinct"),
    (
        POSTGRESQL,
        "WITH RECURSIVE x AS (SELECT 1 UNION SELECT n+1 FROM x WHERE n<5) SELECT n FROM "
        "x WHERE n=1",
        "!union_distinct",
    ),
    (MYSQL, "SELECT a.x FROM a, b WHERE a.id=b.id", "!implicit_cross_join"),
    (MYSQL, "SELECT x FROM a, b WHERE aid=bid", "!implicit_cross_join"),
    (MYSQL, "SELECT a.x FROM a, b, c WHERE a.id=b.id", "implicit_cross_join"),
    (MYSQL, "SELECT a.x FROM a JOIN b WHERE a.id=1", "implicit_cross_join"),
    (MYSQL, "UPDATE a, b SET a.x=1 WHERE a.id=1", "implicit_cross_join"),
    (MYSQL, "DELETE a FROM a, b WHERE a.id=1", "implicit_cross_join"),
    (POSTGRESQL, "DELETE FROM a USING b WHERE a.id=1", "implicit_cross_join"),
    (POSTGRESQL, "UPDATE a SET x=1 FROM b WHERE a.id=1", "implicit_cross_join"),
    (POSTGRESQL, "UPDATE a SET x=1 FROM b WHERE a.id=b.id", "!implicit_cross_join"),
    (MYSQL, "SELECT x FROM a CROSS JOIN b", "!implicit_cross_join"),
    (MYSQL, "SELECT * FROM t JOIN u USING(id) WHERE a=1", "select_star"),
    (MYSQL, "SELECT 1, t.* FROM t", "select_star"),
    (MYSQL, "SELECT (SELECT * FROM x LIMIT 1) FROM t", "select_star"),
    (
        MYSQL,
        "SELECT a, count(*) c FROM t WHERE x=1 GROUP BY a HAVING c > 1",
        "!having_without_aggregate",
    ),
]


@pytest.mark.parametrize(("dialect", "sql", "expected"), CASES)
def test_a_trick_changes_nothing(dialect, sql, expected):
    check(dialect, sql, expected)
