"""Which statements begin, end or mark a transaction, whatever they look like."""

import pytest

from portal.sqlaudit import ends_transaction
from portal.sqlaudit.limits import MAX_WORDS
from tests.sqlaudit.test_transactions import cases

EVERYWHERE = ("mysql", "postgresql", "sqlite")
MANY = ", ".join(f"@v{number} = {number}" for number in range(5000))
ALWAYS = [
    "BEGIN",
    "begin",
    "\t\n Begin ",
    "-- why\nCOMMIT",
    "/* a */ COMMIT /* b */",
    "\ufeffCOMMIT",
    "START/**/TRANSACTION",
    "START\n\nTRANSACTION READ ONLY",
    "COMMIT AND CHAIN",
    "ROLLBACK TO SAVEPOINT a",
    "SAVEPOINT a",
    "RELEASE SAVEPOINT a",
    "SELECT 1; COMMIT",
]
YES = {
    "mysql": r"""
        BEGIN WORK
        # why\nCOMMIT
        SET autocommit = 0
        SET AutoCommit=0
        set/**/autocommit=0
        SET @@autocommit = 0
        SET @@session.autocommit = 1
        SET @@LOCAL . autocommit = 1
        SET SESSION autocommit = 0
        SET GLOBAL autocommit = 0
        SET `autocommit` = 0
        SET @@session.`Autocommit` = 0
        SET a = 1, autocommit = 0
        SET @a=1,@b=2,@c=3,@d=4,@e=5,@f=6, autocommit=0
        SET STATEMENT max_statement_time = 1 FOR COMMIT
        SET completion_type = 2
        SET TRANSACTION READ ONLY
        SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE
        LOCK TABLES t WRITE
        LOCK TABLE t READ
        LOCK INSTANCE FOR BACKUP
        UNLOCK TABLES
        XA START 'x'
        xa commit 'x'
        /*!COMMIT*/
        /*! COMMIT */
        /*!50000 COMMIT */
        /*!50000COMMIT*/
        /*M! COMMIT */
        /*M!100100 START TRANSACTION */
        SET /*!40100 autocommit */ = 0
        SET @a = 1 /*! , autocommit = 0 */
        /*!50000 START */ TRANSACTION
        COMMIT /*! */
        /*! SELECT 1 /* nested */, 2; COMMIT */
    """,
    "postgresql": """
        /* a /* nested */ b */ COMMIT
        END
        END WORK
        ABORT
        PREPARE TRANSACTION 'x'
        COMMIT PREPARED 'x'
        ROLLBACK PREPARED 'x'
        SET TRANSACTION ISOLATION LEVEL SERIALIZABLE
        SET LOCAL TRANSACTION READ ONLY
        SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY
    """,
    "sqlite": """
        BEGIN IMMEDIATE
        BEGIN EXCLUSIVE TRANSACTION
        END TRANSACTION
        RELEASE a
    """,
}
NO = {
    "mysql": """
        SET NAMES utf8mb4
        SET @a = 'autocommit'
        SET @a = 1
        SET STATEMENT max_statement_time = 1 FOR DELETE FROM t
        START REPLICA
        SELECT autocommit FROM t
        SELECT @@autocommit
        INSERT INTO t VALUES ('COMMIT')
        INSERT INTO `commit` VALUES (1)
        /*!40101 SET NAMES utf8 */
        /* COMMIT */ SELECT 1
        DELETE /*! LOW_PRIORITY */ FROM t
        HANDLER t OPEN
        CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1
    """,
    "postgresql": """
        LOCK TABLE t
        PREPARE p AS SELECT 1
        SET SESSION AUTHORIZATION someone
        SET LOCAL statement_timeout = 1
        SET search_path = begin
        /*! COMMIT */ SELECT 1
        SELECT 'COMMIT'
        DO $$ BEGIN COMMIT; END $$
    """,
    "sqlite": """
        SELECT 1
        CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM u; END
        /*! COMMIT */ SELECT 1
    """,
}


@pytest.mark.parametrize("dialect", EVERYWHERE)
@pytest.mark.parametrize("sql", ALWAYS)
def test_what_ends_one_in_every_database(dialect, sql):
    assert ends_transaction(sql, dialect)


@pytest.mark.parametrize(("dialect", "sql"), cases(YES))
def test_what_ends_one(dialect, sql):
    assert ends_transaction(sql, dialect)


@pytest.mark.parametrize(("dialect", "sql"), cases(NO))
def test_what_does_not(dialect, sql):
    assert not ends_transaction(sql, dialect)


def test_a_setting_is_seen_behind_thousands_of_others():
    assert ends_transaction(f"SET {MANY}, autocommit = 0", "mysql")
    assert not ends_transaction(f"SET {MANY}", "mysql")


def test_what_is_too_long_to_be_read_may_end_one():
    assert ends_transaction("SELECT " + "1 " * MAX_WORDS, "mysql")
