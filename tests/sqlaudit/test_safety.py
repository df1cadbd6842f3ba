"""Rules about safety are not tricked by aliases, quotes, nesting and the like."""

import pytest

from tests.sqlaudit.finding import MYSQL, POSTGRESQL, SQLITE, check

CASES = [
    (MYSQL, "set autocommit=0", "transaction_control"),
    (MYSQL, "begin", "transaction_control"),
    (MYSQL, "/* x */ commit work", "transaction_control"),
    (MYSQL, "START TRANSACTION READ ONLY", "transaction_control"),
    (POSTGRESQL, "END", "transaction_control"),
    (POSTGRESQL, "COPY t FROM PROGRAM 'ls'", "touches_files"),
    (POSTGRESQL, "COPY t TO '/x'", "touches_files"),
    (MYSQL, "SELECT a FROM t INTO OUTFILE '/x'", "touches_files !syntax"),
    (MYSQL, "SELECT a INTO DUMPFILE '/x' FROM t", "touches_files !syntax"),
    (MYSQL, "LOAD DATA LOCAL INFILE '/x' INTO TABLE t", "touches_files"),
    (SQLITE, "ATTACH 'x' AS y", "touches_files"),
    (SQLITE, "VACUUM INTO 'x'", "touches_files"),
    (POSTGRESQL, "SELECT pg_catalog.pg_read_file('x')", "touches_files"),
    (MYSQL, "SET PASSWORD FOR 'a' = 'x'", "changes_privileges"),
    (POSTGRESQL, "ALTER ROLE x SUPERUSER", "changes_privileges"),
    (POSTGRESQL, "DROP USER x", "changes_privileges"),
    (MYSQL, "CREATE USER a", "changes_privileges"),
    (MYSQL, "SET @@GLOBAL.max_connections=1", "sets_global"),
    (MYSQL, "SET PERSIST x = 1", "sets_global"),
    (MYSQL, "SET SESSION foreign_key_checks=0", "switches_checks"),
    (POSTGRESQL, "SET session_replication_role = replica", "switches_checks"),
    (POSTGRESQL, "EXPLAIN (ANALYZE, BUFFERS) DELETE FROM t", "explain_analyze"),
    (MYSQL, "DESC ANALYZE SELECT 1", "explain_analyze"),
    (MYSQL, "SELECT SLEEP(5)", "dangerous_function"),
    (POSTGRESQL, "SELECT pg_sleep(5)", "dangerous_function"),
    (MYSQL, "EXPLAIN DELETE FROM t", "!explain_analyze"),
    (MYSQL, "USE `x`", "changes_database"),
]


@pytest.mark.parametrize(("dialect", "sql", "expected"), CASES)
def test_a_trick_changes_nothing(dialect, sql, expected):
    check(dialect, sql, expected)
