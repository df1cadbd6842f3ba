"""The words by which a statement is known when sqlglot does not read it."""

from __future__ import annotations


def words_of(text: str) -> frozenset[str]:
    """A set of the words in this text."""
    return frozenset(text.split())


# Administrative statements begin with these; sqlglot reads them not at all, or not further.
_COMMANDS = {
    "mysql": words_of(
        """SHOW GRANT REVOKE CALL FLUSH SAVEPOINT RELEASE RENAME LOCK UNLOCK OPTIMIZE CHECK
        CHECKSUM REPAIR ANALYZE PREPARE EXECUTE DEALLOCATE HANDLER XA INSTALL UNINSTALL RESET
        PURGE LOAD EXPLAIN DO KILL BINLOG CACHE IMPORT START STOP CHANGE"""
    ),
    "postgresql": words_of(
        """SHOW GRANT REVOKE CALL VACUUM REINDEX CLUSTER NOTIFY LISTEN UNLISTEN LOCK REFRESH RESET
        DISCARD CHECKPOINT SAVEPOINT RELEASE PREPARE EXECUTE DEALLOCATE EXPLAIN ABORT REASSIGN
        SECURITY IMPORT DECLARE FETCH MOVE CLOSE LOAD"""
    ),
    "sqlite": words_of("VACUUM REINDEX SAVEPOINT RELEASE EXPLAIN END ANALYZE"),
}
_COMPLETE_ALONE = words_of("VACUUM REINDEX CLUSTER CHECKPOINT ABORT END ANALYZE")
# What CREATE, ALTER and DROP may be about, after these adjectives; sqlglot reads some of it.
_ADJECTIVES = words_of(
    """OR REPLACE UNIQUE FULLTEXT SPATIAL TEMP TEMPORARY UNLOGGED GLOBAL LOCAL FOREIGN VIRTUAL
    MATERIALIZED RECURSIVE TRUSTED PROCEDURAL ACCESS EVENT UNDO DEFAULT TEXT SEARCH USER
    RESOURCE LOGFILE LARGE"""
)
_OBJECTS = words_of(
    """TABLE INDEX VIEW DATABASE SCHEMA USER ROLE SEQUENCE TYPE DOMAIN EXTENSION POLICY RULE
    STATISTICS PUBLICATION SUBSCRIPTION SERVER TABLESPACE COLLATION CAST OPERATOR AGGREGATE
    OWNED LANGUAGE CONVERSION GROUP SYSTEM INSTANCE PROCEDURE FUNCTION TRIGGER EVENT METHOD
    CONFIGURATION DICTIONARY PARSER TEMPLATE MAPPING OBJECT PRIVILEGES WRAPPER TRANSFORM
    DEFINER ALGORITHM SQL"""
)


def is_command(words: list[str], dialect: str) -> bool:
    """Whether these first words, in capitals, begin an administrative statement."""
    if not words or words[0] not in _COMMANDS[dialect]:
        return False
    return len(words) > 1 or words[0] in _COMPLETE_ALONE


def names_an_object(words: list[str]) -> bool:
    """Whether an object follows the adjectives: (CREATE) USER does, (CREATE) TABEL does not."""
    for word in words:
        if word in _OBJECTS:
            return True
        if word not in _ADJECTIVES:
            return False
    return False
