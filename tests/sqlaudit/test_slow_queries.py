"""Slow queries as MySQL, MariaDB, Percona and the consoles write them."""

import time

import pytest

from portal.sqlaudit.slow_log import SlowQuery, is_slow_log, read_slow_log
from portal.sqlaudit.slow_table import is_slow_table, read_slow_table

MYSQL = """/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:
Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock
Time                 Id Command    Argument
# Time: 2026-11-01T02:03:04.000001Z
# User@Host: app[app] @ web [10.0.0.9]  Id:     8
# Query_time: 2.000161  Lock_time: 0.000004 Rows_sent: 1  Rows_examined: 900000
use orders;
SET timestamp=1793498584;
SELECT * FROM o
# a remark of the author
WHERE note = '# Time: never';
# Time: 2026-11-01T02:03:05.000001Z
# User@Host: app[app] @ web [10.0.0.9]  Id:     8
# Query_time: 3.1  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 900000
SET timestamp=1793498585;
DELETE FROM o;
# User@Host: app[app] @ web [10.0.0.9]  Id:     9
# Query_time: 3.1  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 900000
SET last_insert_id=4,insert_id=5,timestamp=1793498585;
# administrator command: Quit;
/usr/sbin/mysqld, Version: 8.0.36 (MySQL Community Server - GPL). started with:
Tcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock
Time                 Id Command    Argument
# User@Host: app[app] @ web [10.0.0.9]  Id:     9
# Query_time: 3.1  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 900000
use `log-1`;
SET timestamp=1793498586;
SELECT 1;
"""
MARIADB = """# Time: 261101  2:03:04
# User@Host: app[app] @ web [10.0.0.9]
# Thread_id: 8  Schema: orders  QC_hit: No
# Query_time: 2.000161  Lock_time: 0.000004  Rows_sent: 1  Rows_examined: 9
SET timestamp=1793498584;
SELECT 1;
# User@Host: app[app] @ web [10.0.0.9]
# Thread_id: 8  Schema:   QC_hit: No
# Query_time: 2.000161  Lock_time: 0.000004  Rows_sent: 1  Rows_examined: 9
#
# explain: id	select_type
SET timestamp=1793498584;
SELECT 2;
"""


def test_mysqls_log():
    assert is_slow_log(MYSQL)
    assert list(read_slow_log(MYSQL)) == [
        SlowQuery(
            "SELECT * FROM o\n# a remark of the author\nWHERE note = '# Time: never'", "orders"
        ),
        SlowQuery("DELETE FROM o", "orders"),
        SlowQuery("SELECT 1", "log-1"),
    ]


def test_mariadbs_log():
    assert list(read_slow_log(MARIADB)) == [
        SlowQuery("SELECT 1", "orders"),
        SlowQuery("SELECT 2", "orders"),
    ]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_log_that_breaks_off_has_its_last_statement(ends):
    text = MARIADB[: MARIADB.rindex("SELECT 2") + 6].replace("\n", ends)
    assert [one.sql for one in read_slow_log(text)] == ["SELECT 1", "SELECT"]


@pytest.mark.parametrize(
    "text", ["", "SELECT 1", "# Time: tomorrow\nSELECT 1", "-- # Query_time: 1\nSELECT 1"]
)
def test_sql_is_no_slow_log(text):
    assert not is_slow_log(text)
    assert list(read_slow_log("")) == []


def table(text: str, dialect: str = "mysql") -> list[SlowQuery]:
    assert is_slow_table(text)
    return list(read_slow_table(text, dialect))


def test_a_table_in_any_spelling():
    head = 'ID,"SQL_Text",Calls,DB\n'
    rows = '1,"SELECT ""a"",\n b FROM t;","1,200",orders\n\n2,DELETE FROM t,,\n'
    assert table(head + rows) == [
        SlowQuery('SELECT "a",\n b FROM t', "orders", 1200),
        SlowQuery("DELETE FROM t", "", 1),
    ]
    assert table("query;count\nSELECT 1, 2;7") == [SlowQuery("SELECT 1, 2", "", 7)]
    assert table("schema_name\tquery\tCOUNT_STAR\na\tSELECT 1\t12.0") == [
        SlowQuery("SELECT 1", "a", 12)
    ]
    assert table("sql\r\nSELECT 1\r\n") == [SlowQuery("SELECT 1")]


def test_a_sample_is_better_than_a_digest():
    head = "DIGEST_TEXT,QUERY_SAMPLE_TEXT,COUNT_STAR\n"
    assert table(head + "SELECT ?,SELECT 1,3\nSELECT a IN (...),,4\n") == [
        SlowQuery("SELECT 1", "", 3),
        SlowQuery("SELECT a IN (?)", "", 4),
    ]


def test_what_pg_stat_statements_writes_can_be_read():
    text = 'query,calls\n"SELECT a FROM t WHERE b IN ($1,$2)",9\n'
    assert table(text, "postgresql") == [SlowQuery("SELECT a FROM t WHERE b IN (?,?)", "", 9)]


@pytest.mark.parametrize("text", ["", "SELECT sql, query FROM t", "a,b\n1,2", '"sql', "sql text\n"])
def test_sql_is_no_table(text):
    assert is_slow_table(text) == (text == '"sql')


@pytest.mark.parametrize(
    "text",
    [
        "INSERT INTO audit_log (id, query, created) VALUES\n(1, 'a', 2);",
        "SELECT id, sql, created\nFROM t;",
        "SELECT\tsql\tFROM t",
        "SELECT\tsql\nFROM t",
        "select a;sql\n",
        "a, sql, now()\n1,2,3",
        "DROP TABLE a, sql",
        "id, sql -- x\n",
        "id,created\rSELECT,sql\r",
    ],
)
def test_a_first_line_of_sql_is_no_head(text):
    assert not is_slow_table(text)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_head_alone_and_any_line_end(ends):
    assert is_slow_table("sql")
    text = ends.join(['"Rows  examined",Table,SQL', "4,a,SELECT 1", "5,b,DELETE FROM t", ""])
    assert table(text) == [SlowQuery("SELECT 1"), SlowQuery("DELETE FROM t")]
    assert table(f"sql{ends}SELECT 1{ends}") == [SlowQuery("SELECT 1")]


@pytest.mark.parametrize("count", ["", "x", "-3", "9" * 400, "0", "1e9"])
def test_odd_numbers(count):
    (one,) = table(f"sql,count\nSELECT 1,{count}")
    assert 1 <= one.count <= 2**31 - 1


@pytest.mark.parametrize(
    "evil",
    [
        "use" + " " * 500_000 + "x",
        "SET timestamp=1" + " " * 500_000 + "x",
        "SET " + "timestamp=1," * 150_000 + "x",
        ", Version: " * 100_000,
        "use a;\n" * 250_000,
    ],
)
def test_a_log_is_read_in_proportion_to_its_length(evil):
    head = "# Time: 2026\n# User@Host: a[a] @ h []\n# Query_time: 1\n"
    began = time.thread_time()
    list(read_slow_log(f"{head}{evil}\nSELECT 1;\n"))
    assert time.thread_time() - began < 2
