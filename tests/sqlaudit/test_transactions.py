"""Which statements can be rolled back, decided by their words."""

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
        INSERT INTO t (a) VALUES (NEXTVAL(s))
        INSERT INTO t (a) SELECT NEXT VALUE FOR s
        WITH a AS (SELECT 1) INSERT INTO t SELECT NEXTVAL(s) FROM a
        SELECT a AS setval FROM t
        SELECT a INTO @b FROM t
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
        COPY t FROM '/tmp/a'
        EXPLAIN ANALYZE DELETE FROM t
        INSERT INTO t VALUES (nextval('s'))
        CREATE TABLE t (a int DEFAULT nextval('s'))
        CREATE TRIGGER x AFTER INSERT ON t EXECUTE FUNCTION f()
        GRANT EXECUTE ON FUNCTION f TO u
        SELECT pg_sleep(1), pg_table_size('t'), lower('setval(')
        SELECT setval FROM dblink
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
        SELECT a INTO /* x */ DUMPFILE 'x' FROM t
        TABLE t INTO OUTFILE 'x'
        SET @a = 1
        SET NAMES utf8mb4
        SELECT NEXTVAL(s)
        SELECT NEXT VALUE FOR s
        SELECT setval (s, 5)
        UPDATE t SET a = `SETVAL`(s, 5)
        HANDLER t OPEN
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
        COPY t TO '/tmp/a'
        copy (SELECT a, b, c, d, e, f, g, h, i, j, k, l, m FROM t) to PROGRAM 'cat'
        COPY t FROM PROGRAM 'cat'
        EXPLAIN ANALYZE EXECUTE p
        EXPLAIN (ANALYZE, VERBOSE) EXECUTE p
        CREATE TABLE t AS EXECUTE p
        SELECT setval('s', 500)
        SELECT a, b, c, d, e, f, g, h, i, j, k, l, m, pg_catalog . setval/**/('s', 1) FROM t
        SELECT "setval"('s', 1)
        INSERT INTO t SELECT setval('s', 500)
        SELECT nextval('s')
        SELECT dblink_exec('', 'DELETE FROM t')
        SELECT * FROM dblink('', 'DELETE FROM t') AS a (b int)
        SELECT lo_export(1, '/tmp/x')
        SELECT lo_import('/tmp/x')
        SELECT pg_terminate_backend(1)
        SELECT pg_cancel_backend(1)
        SELECT pg_reload_conf()
        SELECT pg_switch_wal()
        SELECT pg_create_physical_replication_slot('x')
        SELECT pg_drop_replication_slot('x')
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
