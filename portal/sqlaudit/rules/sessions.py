"""Rules about statements that leave the ticket's own transaction, schema and settings."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import safety
from portal.sqlaudit.rules.registry import MYSQL, POSTGRESQL, SERVERS, Context
from portal.sqlaudit.split import Piece
from portal.sqlaudit.transactions import controls_transaction
from portal.sqlaudit.vocabulary import words_of

_CHECKS = words_of(
    """FOREIGN_KEY_CHECKS UNIQUE_CHECKS SQL_SAFE_UPDATES SQL_LOG_BIN SQL_MODE
    SESSION_REPLICATION_ROLE ROW_SECURITY"""
)
_ADMINISTRATIVE = words_of(
    """FLUSH KILL RESET PURGE INSTALL UNINSTALL CHANGE STOP BINLOG CHECKPOINT DISCARD REASSIGN
    SECURITY"""
)


@safety(
    Level.ERROR,
    Piece,
    title=_l("工单中不能控制事务或锁表"),
    english="A ticket must not control transactions or lock tables",
    reason=_l(
        "平台在自己的事务中逐条执行并记录结果，"
        "BEGIN、COMMIT、ROLLBACK、LOCK TABLES 会打乱它。请删去。"
    ),
    bad="COMMIT",
    good="UPDATE t SET state = 1 WHERE id = 1",
)
def transaction_control(piece: Piece, context: Context) -> str | None:
    if controls_transaction(piece, context.dialect):
        return " ".join(piece.words[:2])
    return None


@safety(
    Level.WARN,
    Piece,
    title=_l("USE 会切换数据库，后面的语句会在别的库上执行"),
    english="USE changes the database: what follows runs somewhere else",
    reason=_l("审批人看到的是工单所选的库。请为另一个库另开工单，或在表名前写库名。"),
    bad="USE shop",
    good="SELECT id FROM shop.t WHERE id = 1",
    dialects=MYSQL,
)
def changes_database(piece: Piece, _context: Context) -> str | None:
    return " ".join(piece.words[1:2]) if piece.words[:1] == ["USE"] else None


@safety(
    Level.WARN,
    Piece,
    title=_l("SET search_path 或 SET ROLE 会改变后面语句的对象或身份"),
    english="SET search_path or SET ROLE changes what the following statements act on, or as whom",
    reason=_l("审批人看到的是工单所选的模式和账号。请在表名前写模式名。"),
    bad="SET search_path TO shop",
    good="SELECT id FROM shop.t WHERE id = 1",
    dialects=POSTGRESQL,
)
def changes_search_path(piece: Piece, _context: Context) -> str | None:
    if piece.words[:1] != ["SET"]:
        return None
    changed = {"SEARCH_PATH", "ROLE", "AUTHORIZATION"}.intersection(piece.words[1:4])
    return ", ".join(sorted(changed)) or None


@safety(
    Level.WARN,
    Piece,
    title=_l("修改了数据库的全局设置"),
    english="A setting of the whole server is changed",
    reason=_l("会影响这台服务器上的所有应用。请由管理员评估后在工单之外修改。"),
    bad="SET GLOBAL max_connections = 1000",
    good="SELECT id FROM t WHERE id = 1",
    dialects=MYSQL,
)
def sets_global(piece: Piece, _context: Context) -> str | None:
    is_global = {"GLOBAL", "PERSIST", "PERSIST_ONLY"}.intersection(piece.words)
    return " ".join(piece.words[2:3]) if piece.words[:1] == ["SET"] and is_global else None


@safety(
    Level.WARN,
    Piece,
    title=_l("关闭了数据库的检查或日志"),
    english="A check or a log of the database is switched",
    reason=_l("关闭外键、唯一性检查或日志后，错误的数据会悄悄写入。请去掉，让检查生效。"),
    bad="SET foreign_key_checks = 0",
    good="SELECT id FROM t WHERE id = 1",
    dialects=SERVERS,
)
def switches_checks(piece: Piece, _context: Context) -> str | None:
    switched = _CHECKS.intersection(piece.words) if piece.words[:1] == ["SET"] else ()
    return ", ".join(sorted(switched)).lower() or None


@safety(
    Level.WARN,
    Piece,
    title=_l("这是服务器的管理语句"),
    english="The statement administers the server",
    reason=_l("会影响连接、复制或缓存，与数据变更无关。请由管理员在工单之外执行。"),
    bad="RESET MASTER",
    good="SELECT id FROM t WHERE id = 1",
    dialects=SERVERS,
)
def administers_server(piece: Piece, _context: Context) -> str | None:
    words = piece.words
    is_known = words[:1] and words[0] in _ADMINISTRATIVE
    if is_known or tuple(words[:2]) in {("ALTER", "SYSTEM"), ("ALTER", "INSTANCE")}:
        return " ".join(words[:2])
    is_replication = tuple(words[:2]) in {("START", "REPLICA"), ("START", "SLAVE")}
    return " ".join(words[:2]) if is_replication else None
