"""Rules about files, accounts, and code that the audit cannot see."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlglot import exp

from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import safety
from portal.sqlaudit.rules.registry import SERVERS, Context
from portal.sqlaudit.split import Piece
from portal.sqlaudit.vocabulary import words_of

_FILE_FUNCTIONS = words_of(
    """LOAD_FILE PG_READ_FILE PG_READ_BINARY_FILE PG_LS_DIR PG_STAT_FILE LO_IMPORT LO_EXPORT
    READFILE WRITEFILE LOAD_EXTENSION"""
)
_WAITING_FUNCTIONS = words_of(
    """SLEEP BENCHMARK GET_LOCK PG_SLEEP PG_SLEEP_FOR PG_SLEEP_UNTIL PG_TERMINATE_BACKEND
    PG_CANCEL_BACKEND PG_ADVISORY_LOCK DBLINK DBLINK_EXEC RANDOMBLOB"""
)
_ACCOUNTS = frozenset({"USER", "ROLE", "GROUP", "PASSWORD"})


@safety(
    Level.ERROR,
    Piece,
    exp.Anonymous,
    title=_l("语句会读写数据库服务器上的文件"),
    english="The statement reads or writes files of the database server",
    reason=_l(
        "LOAD DATA、COPY、INTO OUTFILE、ATTACH 等可以读出或覆盖服务器上的文件。"
        "请改用 INSERT，或由管理员导入。"
    ),
    bad="SELECT load_file('/etc/passwd')",
    good="INSERT INTO t (id) VALUES (1)",
)
def touches_files(node: Piece | exp.Anonymous, _context: Context) -> str | None:
    if isinstance(node, exp.Anonymous):
        return node.name if node.name.upper() in _FILE_FUNCTIONS else None
    return " ".join(node.words[:2]) if node.writes_file or _names_a_file(node.words) else None


@safety(
    Level.WARN,
    Piece,
    title=_l("语句会改变账号或权限"),
    english="The statement changes accounts or privileges",
    reason=_l("账号和权限应由管理员统一管理，审批人难以看出影响。请在工单之外申请。"),
    bad="GRANT SELECT ON t TO someone",
    good="SELECT id FROM t WHERE id = 1",
    dialects=SERVERS,
)
def changes_privileges(piece: Piece, _context: Context) -> str | None:
    words = piece.words
    verbs = {"CREATE", "ALTER", "DROP", "RENAME", "SET"}
    if words[:1] and words[0] in {"GRANT", "REVOKE"}:
        return words[0]
    if len(words) > 1 and words[0] in verbs and words[1] in _ACCOUNTS:
        return " ".join(words[:2]) if words[:2] != ["SET", "ROLE"] else None
    return "DEFAULT PRIVILEGES" if words[:3] == ["ALTER", "DEFAULT", "PRIVILEGES"] else None


@safety(
    Level.NOTICE,
    Piece,
    title=_l("执行的内容不在语句中，没有审核"),
    english="What is run does not stand in the statement and was not audited",
    reason=_l("CALL、PREPARE、EXECUTE 执行的是存储过程或文本中的 SQL。请直接写出要执行的语句。"),
    bad="CALL clean_up(1)",
    good="DELETE FROM t WHERE id = 1",
    dialects=SERVERS,
)
def runs_unseen_code(piece: Piece, _context: Context) -> str | None:
    is_unseen = piece.words[:1] and piece.words[0] in {"CALL", "PREPARE", "EXECUTE"}
    return " ".join(piece.words[:2]) if is_unseen else None


@safety(
    Level.WARN,
    Piece,
    title=_l("EXPLAIN ANALYZE 会真正执行其中的语句，而它没有审核"),
    english="EXPLAIN ANALYZE runs its statement, which was not audited",
    reason=_l("其中的 INSERT、UPDATE、DELETE 会修改数据。只看执行计划时请用 EXPLAIN。"),
    bad="EXPLAIN ANALYZE SELECT id FROM t",
    good="EXPLAIN SELECT id FROM t",
    dialects=SERVERS,
)
def explain_analyze(piece: Piece, _context: Context) -> str | None:
    first = piece.words[0] if piece.words else ""
    is_run = first in {"EXPLAIN", "DESCRIBE", "DESC"} and "ANALYZE" in piece.words[1:4]
    return "" if is_run else None


@safety(
    Level.WARN,
    exp.Anonymous,
    title=_l("调用了会长时间占用或影响其他连接的函数"),
    english="A function is called that occupies the server or disturbs other connections",
    reason=_l("SLEEP、GET_LOCK、pg_terminate_backend 等会占住连接或中断别人。请去掉。"),
    bad="SELECT sleep(10)",
    good="SELECT id FROM t WHERE id = 1",
)
def dangerous_function(call: exp.Anonymous, _context: Context) -> str | None:
    return call.name if call.name.upper() in _WAITING_FUNCTIONS else None


def _names_a_file(words: list[str]) -> bool:
    verb, *rest = words or [""]
    if verb == "LOAD":
        return rest[:1] != ["INDEX"]
    return verb in {"COPY", "ATTACH"} or (verb == "VACUUM" and "INTO" in rest)
