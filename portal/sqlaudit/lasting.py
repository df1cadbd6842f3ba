"""Functions whose effect no ROLLBACK takes back.

Sources: PostgreSQL 17 manual §9.17, §9.28 and appendix F (dblink), MariaDB's sequence functions.
"""

from __future__ import annotations

import re
from itertools import pairwise

from portal.sqlaudit.split import Piece
from portal.sqlaudit.vocabulary import words_of

_LASTING = {
    "mysql": re.compile(r"SETVAL|SYS_EXEC|SYS_EVAL"),
    "postgresql": re.compile(
        r"SETVAL|DBLINK\w*|LO_(?:IM|EX)PORT|PG_(?:TERMINATE|CANCEL)_BACKEND|PG_RELOAD_CONF"
        r"|PG_ROTATE_LOGFILE\w*|PG_SWITCH_(?:WAL|XLOG)|PG_PROMOTE|PG_CREATE_RESTORE_POINT"
        r"|PG_\w+_SLOT\w*|PG_(?:START|STOP)_BACKUP|PG_BACKUP_ST(?:ART|OP)|PG_REPLICATION_ORIGIN_\w+"
        r"|PG_(?:WAL|XLOG)_REPLAY_\w+|PG_LOGICAL_EMIT_MESSAGE|PG_STAT_RESET\w*|PG_FILE_\w+"
    ),
}
_READING = words_of("SELECT VALUES TABLE")
_CHANGING = words_of("INSERT UPDATE DELETE MERGE REPLACE")


def calls_what_lasts(piece: Piece, dialect: str) -> bool:
    """Whether it calls such a function, or draws from a sequence and does nothing else."""
    lasting = _LASTING.get(dialect)
    if lasting is None:
        return False
    if any(lasting.fullmatch(call) for call in piece.calls):
        return True
    return _only_reads(piece.words) and _draws(piece)


def _only_reads(words: list[str]) -> bool:
    is_with = words[:1] == ["WITH"]
    return bool(_READING & set(words[:1])) or (is_with and not _CHANGING & set(words))


def _draws(piece: Piece) -> bool:
    return "NEXTVAL" in piece.calls or ("NEXT", "VALUE") in pairwise(piece.words)
