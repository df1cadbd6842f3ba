"""Rules about changed and dropped objects are not tricked by aliases, quotes, nesting."""

import pytest

from tests.sqlaudit.finding import MYSQL, POSTGRESQL, SQLITE, check

CASES = [
    (MYSQL, "TRUNCATE t", "truncate_table"),
    (POSTGRESQL, "TRUNCATE ONLY a, b CASCADE", "truncate_table"),
    (MYSQL, "drop schema `x`", "drop_database"),
    (POSTGRESQL, "DROP SCHEMA x CASCADE", "drop_database"),
    (MYSQL, "ALTER TABLE t DROP a", "drop_column"),
    (SQLITE, "ALTER TABLE t DROP a", "drop_column"),
    (POSTGRESQL, "ALTER TABLE s.t DROP COLUMN IF EXISTS a CASCADE", "drop_column"),
    (MYSQL, "ALTER TABLE t MODIFY a bigint COMMENT 'x'", "change_column_type !rename_object"),
    (MYSQL, "ALTER TABLE t CHANGE a b bigint", "rename_object change_column_type"),
    (MYSQL, "ALTER TABLE t CHANGE a a bigint", "change_column_type !rename_object"),
    (MYSQL, "RENAME TABLE a TO b", "rename_object"),
    (POSTGRESQL, "ALTER TABLE t RENAME a TO b", "rename_object"),
    (POSTGRESQL, "ALTER TABLE t ALTER a SET DATA TYPE bigint", "change_column_type"),
    (POSTGRESQL, "ALTER TABLE t ALTER a SET DEFAULT 1", "!change_column_type"),
    (MYSQL, "ALTER TABLE a RENAME b", "rename_object"),
    (MYSQL, "ALTER TABLE t ADD INDEX i (a); ALTER TABLE t ADD INDEX j (b)", "several_alters"),
    (MYSQL, "ALTER TABLE t ADD INDEX i (a); ALTER TABLE u ADD INDEX j (b)", "!several_alters"),
]


@pytest.mark.parametrize(("dialect", "sql", "expected"), CASES)
def test_a_trick_changes_nothing(dialect, sql, expected):
    check(dialect, sql, expected)
