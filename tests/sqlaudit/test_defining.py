"""Rules about definitions are not tricked by aliases, quotes, nesting."""

import pytest

from tests.sqlaudit.finding import MYSQL, POSTGRESQL, SQLITE, check

CASES = [
    (MYSQL, "ALTER TABLE t ADD COLUMN a int NOT NULL FIRST", "add_not_null_without_default"),
    (POSTGRESQL, "ALTER TABLE t ADD a int NOT NULL", "add_not_null_without_default"),
    (POSTGRESQL, "ALTER TABLE t ADD a serial NOT NULL", "!add_not_null_without_default"),
    (
        MYSQL,
        "CREATE TABLE t (id bigint, a varchar(10) not null, primary key(id))",
        "not_null_without_default !missing_primary_key",
    ),
    (MYSQL, "CREATE TABLE t (id bigint not null, primary key(id))", "!not_null_without_default"),
    (
        MYSQL,
        "CREATE TABLE t (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY)",
        "!not_null_without_default !missing_primary_key",
    ),
    (
        POSTGRESQL,
        "CREATE TABLE t (id bigint); ALTER TABLE t ADD PRIMARY KEY (id)",
        "!missing_primary_key",
    ),
    (
        POSTGRESQL,
        "CREATE TABLE t (id bigint); ALTER TABLE ONLY public.t ADD CONSTRAINT x PRIMARY "
        "KEY (id)",
        "!missing_primary_key",
    ),
    (POSTGRESQL, "CREATE TEMP TABLE t (id bigint)", "!missing_primary_key !no_comment_on_table"),
    (POSTGRESQL, "CREATE TABLE t (LIKE u INCLUDING ALL)", "!missing_primary_key"),
    (
        POSTGRESQL,
        "CREATE TABLE t PARTITION OF u FOR VALUES FROM (1) TO (2)",
        "!missing_primary_key",
    ),
    (
        SQLITE,
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT)",
        "!missing_primary_key !large_column",
    ),
    (MYSQL, "CREATE TABLE t (id bigint PRIMARY KEY, KEY a (x), KEY b (x, y))", "redundant_index"),
    (MYSQL, "CREATE TABLE t (id bigint PRIMARY KEY, KEY a (id, y))", "!redundant_index"),
    (MYSQL, "CREATE TABLE t (id bigint PRIMARY KEY, KEY a (id))", "redundant_index"),
    (
        MYSQL,
        "CREATE TABLE t (id bigint PRIMARY KEY, UNIQUE KEY a (x), KEY b (x, y))",
        "!redundant_index",
    ),
    (
        MYSQL,
        "CREATE TABLE t (id bigint PRIMARY KEY, UNIQUE KEY a (x), KEY b (x))",
        "redundant_index",
    ),
    (
        MYSQL,
        "CREATE TABLE t (id bigint PRIMARY KEY, FULLTEXT KEY a (x), KEY b (x))",
        "!redundant_index",
    ),
    (POSTGRESQL, "CREATE INDEX i ON t (a) WHERE b; CREATE INDEX j ON t (a, c)", "!redundant_index"),
    (
        MYSQL,
        "CREATE TABLE t (id bigint PRIMARY KEY, KEY a (x(10)), KEY b (x, y))",
        "!redundant_index",
    ),
    (
        MYSQL,
        "CREATE TABLE t (id bigint PRIMARY KEY, x int UNIQUE, UNIQUE KEY u (x))",
        "redundant_index",
    ),
    (MYSQL, "CREATE TABLE t (a DOUBLE, total_price FLOAT)", "float_for_money"),
    (
        MYSQL,
        "CREATE TABLE t (lat DOUBLE, totality FLOAT, feedback float, costume float)",
        "!float_for_money",
    ),
    (
        POSTGRESQL,
        "CREATE TABLE t (a timestamp(3) without time zone)",
        "timestamp_without_time_zone",
    ),
    (
        POSTGRESQL,
        "CREATE TABLE t (a timestamptz, b timestamp with time zone)",
        "!timestamp_without_time_zone",
    ),
    (MYSQL, "CREATE TABLE `Order` (id bigint PRIMARY KEY)", "reserved_name capital_name"),
    (
        MYSQL,
        "CREATE TABLE t (id bigint PRIMARY KEY, `key` int, `a b` int)",
        "reserved_name odd_name",
    ),
    (
        MYSQL,
        "CREATE TABLE t (id bigint PRIMARY KEY, name int, status int, type int, date "
        "int, time int, value int, user int, comment int)",
        "!reserved_name",
    ),
    (
        POSTGRESQL,
        "CREATE TABLE t (id bigint PRIMARY KEY, name int, status int, type int, date "
        "int, value int, comment int)",
        "!reserved_name",
    ),
    (POSTGRESQL, "CREATE TABLE Orders (id bigint PRIMARY KEY)", "!quoted_capital_name"),
    (MYSQL, "CREATE DATABASE x CHARACTER SET latin1", "other_charset"),
    (MYSQL, "ALTER TABLE t DEFAULT CHARSET=utf8", "other_charset"),
    (MYSQL, "ALTER TABLE t ENGINE=MyISAM", "other_engine"),
    (MYSQL, "CREATE TABLE t (id bigint primary key) COLLATE utf8_bin", "other_charset"),
    (POSTGRESQL, "CREATE UNIQUE INDEX i ON t (a)", "index_blocks_writes"),
    (
        POSTGRESQL,
        "CREATE TABLE t (id bigint primary key); CREATE INDEX i ON t (a)",
        "!index_blocks_writes",
    ),
    (
        POSTGRESQL,
        "SELECT a FROM t WHERE id IN (SELECT x FROM json_to_recordset(a) AS y(x int))",
        "!no_comment_on_column",
    ),
]


@pytest.mark.parametrize(("dialect", "sql", "expected"), CASES)
def test_a_trick_changes_nothing(dialect, sql, expected):
    check(dialect, sql, expected)
