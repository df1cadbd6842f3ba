"""Which statements can be rolled back, and which end a transaction, by their words.

Sources: MySQL 8.4 manual §15.3.3 (statements that cause an implicit commit), the notes of each
command in the PostgreSQL 17 manual (part VI), sqlite.org/lang_transaction.html.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from portal.sqlaudit.lasting import calls_what_lasts
from portal.sqlaudit.lexing import compiled
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
    "mysql": words_of("XA LOCK UNLOCK"),
    "postgresql": words_of("ABORT END"),
    "sqlite": words_of("END"),
}
_CONTROL_PAIRS = {("START", "TRANSACTION"), ("PREPARE", "TRANSACTION"), ("SET", "TRANSACTION")}
# After SET and SESSION or its like.
_CONTROL_KINDS = words_of("TRANSACTION CHARACTERISTICS")
# The second lets a COMMIT begin the next transaction, or end the session.
_CONTROL_SETTINGS = words_of("AUTOCOMMIT COMPLETION_TYPE")
_BACKTICKED = re.compile(r"`(\w++)`")
_MARKS = re.compile(r"\A/\*M?!\d*|\*/\Z")
# What PostgreSQL refuses inside a transaction, as CREATE, DROP, ALTER or REINDEX of it.
_ALONE = words_of("DATABASE TABLESPACE SUBSCRIPTION SYSTEM")


def controls_transaction(piece: Piece, dialect: str) -> bool:
    """Whether this statement begins, ends or marks a transaction; executable comments unread."""
    words = piece.words
    if not words:
        return False
    if words[0] in _CONTROL | _ALSO_CONTROL[dialect] or tuple(words[:2]) in _CONTROL_PAIRS:
        return True
    return words[0] == "SET" and _sets_control(piece, dialect)


def ends_transaction(sql: str, dialect: str) -> bool:
    """Whether anything here begins, ends or marks a transaction: BEGIN, COMMIT, SET autocommit …

    So does an executable comment that might, and what is too long to be read.
    """
    try:
        pieces = split(sql, dialect)
        if any(piece.has_executable_comment for piece in pieces):
            pieces += split(_opened(sql), dialect)
    except AuditError:
        return True
    return any(controls_transaction(piece, dialect) for piece in pieces)


def is_transactional(sql_statement: str, dialect: str) -> bool:
    """Whether this one statement can run in a transaction that can be rolled back, wholly.

    dialect: mysql, postgresql or sqlite. What is not known is False, and so is an executable
    comment, since nobody knows what it does. Numbers that an INSERT drew from a sequence stay
    drawn: nobody misses them.
    """
    piece = _only(sql_statement, dialect)
    if piece is None or not piece.words or piece.has_executable_comment:
        return False
    if controls_transaction(piece, dialect) or calls_what_lasts(piece, dialect):
        return False
    if dialect == "mysql":
        return _is_mysql_dml(piece)
    if piece.words[0] not in _SAFE[dialect]:
        return False
    return dialect == "sqlite" or _may_share_a_transaction(piece.words)


def _sets_control(piece: Piece, dialect: str) -> bool:
    words = piece.words
    if words[2:3] and words[2] in _CONTROL_KINDS:
        return True
    names = {*words, *(name.upper() for name in _BACKTICKED.findall(piece.code))}
    if names & _CONTROL_SETTINGS:
        return True
    # MariaDB: SET STATEMENT max_statement_time = 1 FOR the statement itself.
    if words[1:2] != ["STATEMENT"] or "FOR" not in words:
        return False
    inner = words[words.index("FOR") + 1 :]
    return controls_transaction(Piece("", words=inner), dialect)


def _opened(sql: str) -> str:
    """MySQL's text with its executable comments as plain code, as most servers read them."""
    return compiled("mysql", ";").sub(
        lambda found: _MARKS.sub(" ", found[0]) if found.lastgroup == "executable" else found[0],
        sql,
    )


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
    exception = _EXCEPTIONS.get(verb)
    return exception is None or not exception(rest)


_EXCEPTIONS: dict[str, Callable[[list[str]], bool]] = {
    "REINDEX": lambda rest: bool(set(rest[:3]) & (_ALONE | {"SCHEMA"})),
    "CLUSTER": lambda rest: not set(rest) - {"VERBOSE"},
    # Writes a file, or runs a program of the server's system.
    "COPY": lambda rest: bool({"TO", "PROGRAM"} & set(rest)),
    # What EXECUTE runs does not stand here.
    "EXPLAIN": lambda rest: "EXECUTE" in rest,
    "CREATE": lambda rest: ("AS", "EXECUTE") in pairwise(rest),
    # A value added to a type cannot be used before its transaction ends.
    "ALTER": lambda rest: rest[:1] == ["TYPE"] and ("ADD", "VALUE") in pairwise(rest),
}
