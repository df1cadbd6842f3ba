"""Which statements can be rolled back, by their first words.

Sources: MySQL 8.4 manual §15.3.3 (statements that cause an implicit commit), the notes of each
command in the PostgreSQL 17 manual (part VI), sqlite.org/lang_transaction.html.
"""

from __future__ import annotations

from itertools import pairwise

from portal.sqlaudit.limits import AuditError
from portal.sqlaudit.split import Piece, split
from portal.sqlaudit.vocabulary import words_of

_DML = words_of("SELECT INSERT UPDATE DELETE REPLACE WITH VALUES")
_SAFE = {
    "mysql": _DML,
    "postgresql": (_DML - {"REPLACE"})
    | words_of(
        """MERGE TABLE CREATE ALTER DROP TRUNCATE COMMENT GRANT REVOKE LOCK SET RESET SHOW EXPLAIN
        ANALYZE ANALYSE COPY REINDEX CLUSTER REFRESH REASSIGN SECURITY IMPORT NOTIFY"""
    ),
    "sqlite": _DML | words_of("CREATE ALTER DROP REINDEX ANALYZE EXPLAIN"),
}
_CONTROL = words_of("BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE")
_ALSO_CONTROL = {
    "mysql": words_of("XA UNLOCK"),
    "postgresql": words_of("ABORT END"),
    "sqlite": words_of("END"),
}
_CONTROL_PAIRS = {
    ("START", "TRANSACTION"),
    ("PREPARE", "TRANSACTION"),
    ("SET", "TRANSACTION"),
    ("SET", "AUTOCOMMIT"),
}
# What PostgreSQL refuses inside a transaction, as CREATE, DROP, ALTER or REINDEX of it.
_ALONE = words_of("DATABASE TABLESPACE SUBSCRIPTION SYSTEM")


def controls_transaction(words: list[str], dialect: str) -> bool:
    """Whether a statement with these first words begins, ends or marks a transaction."""
    if not words:
        return False
    if words[0] in _CONTROL | _ALSO_CONTROL[dialect] or tuple(words[:2]) in _CONTROL_PAIRS:
        return True
    if words[0] == "LOCK":
        return dialect == "mysql"
    return words[0] == "SET" and ("AUTOCOMMIT" in words or words[2:3] == ["TRANSACTION"])


def ends_transaction(sql: str, dialect: str) -> bool:
    """Whether this one statement begins, ends or marks a transaction: BEGIN, COMMIT, LOCK …"""
    piece = _only(sql, dialect)
    return piece is not None and controls_transaction(piece.words, dialect)


def is_transactional(sql_statement: str, dialect: str) -> bool:
    """Whether this one statement can run in a transaction that can be rolled back.

    dialect: mysql, postgresql or sqlite. What is not known is False, and so is an executable
    comment, since nobody knows what it does.
    """
    piece = _only(sql_statement, dialect)
    if piece is None or not piece.words or piece.has_executable_comment:
        return False
    if controls_transaction(piece.words, dialect):
        return False
    if dialect == "mysql":
        return _is_mysql_dml(piece)
    if piece.words[0] not in _SAFE[dialect]:
        return False
    return dialect == "sqlite" or _may_share_a_transaction(piece.words)


def _only(sql: str, dialect: str) -> Piece | None:
    try:
        pieces = split(sql, dialect)
    except AuditError:
        return None
    return pieces[0] if len(pieces) == 1 else None


def _is_mysql_dml(piece: Piece) -> bool:
    if piece.words[:2] in (["LOAD", "DATA"], ["LOAD", "XML"]):
        return True
    return piece.words[0] in _SAFE["mysql"] and not piece.writes_file


def _may_share_a_transaction(words: list[str]) -> bool:
    """PostgreSQL's exceptions; those that only fail in some cases count as exceptions."""
    verb, *rest = words
    if "CONCURRENTLY" in rest and verb != "REFRESH":
        return False
    if verb in {"CREATE", "DROP", "ALTER"} and rest[:1] and rest[0] in _ALONE:
        return False
    if verb == "REINDEX":
        return not set(rest[:3]) & (_ALONE | {"SCHEMA"})
    if verb == "CLUSTER":
        return bool(set(rest) - {"VERBOSE"})
    # A value added to a type cannot be used before its transaction ends.
    adds_value = ("ADD", "VALUE") in pairwise(rest)
    return not (verb == "ALTER" and rest[:1] == ["TYPE"] and adds_value)
