"""Which statements can be rolled back, decided by their first words."""

import pytest

from portal.sqlaudit import ends_transaction, is_transactional

YES = {
    "mysql": r"""
        INSERT INTO t (a) VALUES (1)
        -- why\n update t set a = 1
        /* a */ DELETE /* b */ FROM t
        REPLACE INTO t (a) VALUES (1)
        SELECT a FROM t FOR UPDATE
        (SELECT 1) UNION (SELECT 2)
        WITH a AS (SELECT 1) DELETE FROM t WHERE id IN (SELECT * FROM a)
        LOAD DATA INFILE 'a' INTO TABLE t
    """,
    "postgresql": """
        INSERT INTO t (a) VALUES (1)
        CREATE TABLE t (a int)
        create /* x */ index i ON t (a)
        ALTER TABLE t ADD COLUMN concurrent int
        ALTER TYPE mood RENAME VALUE 'a' TO 'b'
        DROP TABLE t
        TRUNCATE t
        GRANT SELECT ON t TO u
        LOCK TABLE t
        COMMENT ON TABLE t IS 'x'
        REINDEX TABLE t
        CLUSTER t
        REFRESH MATERIALIZED VIEW CONCURRENTLY v
        MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE
        SET LOCAL statement_timeout = 1
    """,
    "sqlite": """
        INSERT INTO t (a) VALUES (1)
        CREATE TABLE t (a int)
        ALTER TABLE t ADD COLUMN a int
        REPLACE INTO t (a) VALUES (1)
        DROP TABLE t
        CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM u; END
    """,
}
NO = {
    "mysql": """
        CREATE TABLE t (a int)
        CREATE TEMPORARY TABLE t (a int)
        ALTER TABLE t ADD COLUMN a int
        TRUNCATE t
        GRANT SELECT ON t TO u
        LOCK TABLES t READ
        UNLOCK TABLES
        RENAME TABLE a TO b
        CALL p()
        SET autocommit = 0
        ANALYZE TABLE t
        LOAD INDEX INTO CACHE t
        SELECT a FROM t INTO OUTFILE 'x'
        DELETE /*! LOW_PRIORITY */ FROM t
        /*!50000 DROP TABLE t */
        BEGIN
        COMMIT
        nonsense
        'text'
        INSERT INTO t (a) VALUES (1); COMMIT
    """,
    "postgresql": """
        CREATE DATABASE x
        drop /* x */ database x
        CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)
        DROP INDEX CONCURRENTLY i
        REINDEX INDEX CONCURRENTLY i
        REINDEX (VERBOSE) DATABASE x
        ALTER TABLE IF EXISTS ONLY s.t DETACH PARTITION s.p CONCURRENTLY
        VACUUM t
        ALTER SYSTEM SET a = 1
        CREATE TABLESPACE x LOCATION 'y'
        DROP TABLESPACE x
        ALTER TYPE mood ADD VALUE 'sad'
        CLUSTER
        CLUSTER VERBOSE
        CALL p()
        DO $$ BEGIN COMMIT; END $$
        BEGIN
        END
        ABORT
        PREPARE TRANSACTION 'x'
        COMMIT PREPARED 'x'
        CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p
        REPLACE INTO t VALUES (1)
        nonsense
    """,
    "sqlite": """
        VACUUM
        PRAGMA foreign_keys = ON
        ATTACH 'x' AS y
        DETACH y
        BEGIN IMMEDIATE
        END
        ROLLBACK
        SAVEPOINT a
        RELEASE a
        TRUNCATE t
    """,
}


def cases(table: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (dialect, line.strip().replace("\\n", "\n"))
        for dialect, lines in table.items()
        for line in lines.strip().splitlines()
    ]


@pytest.mark.parametrize(("dialect", "sql"), cases(YES))
def test_what_can_be_rolled_back(dialect, sql):
    assert is_transactional(sql, dialect)


@pytest.mark.parametrize(("dialect", "sql"), cases(NO))
def test_what_cannot_or_is_not_known(dialect, sql):
    assert not is_transactional(sql, dialect)


@pytest.mark.parametrize("dialect", ["mysql", "postgresql", "sqlite"])
@pytest.mark.parametrize("sql", ["", "-- nothing", "SELECT 1; SELECT 2", ";"])
def test_what_is_not_one_statement_is_not_transactional(sql, dialect):
    assert not is_transactional(sql, dialect)
    assert not ends_transaction(sql, dialect)


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"),
    [
        ("mysql", "/* a */ START TRANSACTION", True),
        ("mysql", "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", True),
        ("mysql", "SET @@session.autocommit = 1", True),
        ("mysql", "SET a = 1, autocommit = 0", True),
        ("mysql", "LOCK TABLES t WRITE", True),
        ("mysql", "XA COMMIT 'x'", True),
        ("mysql", "START REPLICA", False),
        ("mysql", "SET NAMES utf8mb4", False),
        ("postgresql", "LOCK TABLE t", False),
        ("postgresql", "END", True),
        ("postgresql", "PREPARE p AS SELECT 1", False),
        ("sqlite", "END TRANSACTION", True),
        ("sqlite", "SELECT 1", False),
    ],
)
def test_what_begins_or_ends_a_transaction(dialect, sql, expected):
    assert ends_transaction(sql, dialect) == expected
