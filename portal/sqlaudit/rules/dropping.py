"""Rules about statements that remove objects or all of their rows."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlglot import exp

from portal.sqlaudit.definitions import is_kind
from portal.sqlaudit.names import label
from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import dropping
from portal.sqlaudit.rules.registry import SERVERS, Context

_DATABASES = ("DATABASE", "SCHEMA")


@dropping(
    Level.ERROR,
    exp.Drop,
    title=_l("DROP DATABASE/SCHEMA 会删除整个库"),
    english="DROP DATABASE/SCHEMA deletes the whole database",
    reason=_l("库中所有的表和数据都会丢失，且无法回滚。请由管理员备份后在工单之外处理。"),
    bad="DROP DATABASE shop",
    good="DROP TABLE IF EXISTS shop_old",
    dialects=SERVERS,
)
def drop_database(drop: exp.Drop, _context: Context) -> str | None:
    if any(is_kind(drop, kind) for kind in _DATABASES):
        return _dropped(drop)
    return None


@dropping(
    Level.WARN,
    exp.Drop,
    title=_l("DROP 会删除对象及其数据，且无法回滚，请确认已备份"),
    english="DROP removes the object and its data for good: make sure there is a backup",
    reason=_l("删除后只能从备份恢复。请先改名观察一段时间，确认没有程序使用并已备份。"),
    bad="DROP TABLE IF EXISTS t",
    good="CREATE TABLE IF NOT EXISTS t (id bigint PRIMARY KEY)",
)
def drop_object(drop: exp.Drop, _context: Context) -> str | None:
    """Not the DROP of an ALTER TABLE, nor a temporary table."""
    if drop.parent is not None or drop.args.get("temporary"):
        return None
    return None if any(is_kind(drop, kind) for kind in _DATABASES) else _dropped(drop)


@dropping(
    Level.NOTICE,
    exp.Drop,
    title=_l("DROP 没有写 IF EXISTS"),
    english="DROP without IF EXISTS",
    reason=_l("对象不存在时语句会失败，后面的语句也不再执行。请写 DROP … IF EXISTS。"),
    bad="DROP TABLE t",
    good="DROP TABLE IF EXISTS t",
)
def drop_without_if_exists(drop: exp.Drop, context: Context) -> str | None:
    """MySQL's DROP INDEX knows no IF EXISTS."""
    if drop.parent is not None or drop.args.get("exists"):
        return None
    if context.dialect == "mysql" and is_kind(drop, "INDEX"):
        return None
    return _dropped(drop)


@dropping(
    Level.WARN,
    exp.TruncateTable,
    title=_l("TRUNCATE 会清空整张表，请确认已备份"),
    english="TRUNCATE empties the whole table: make sure there is a backup",
    reason=_l(
        "清空后只能从备份恢复，在 MySQL 中还会立即提交。"
        "请用带条件的 DELETE 分批删除，或先备份。"
    ),
    bad="TRUNCATE TABLE t",
    good="DELETE FROM t WHERE id < 100",
    dialects=SERVERS,
)
def truncate_table(truncate: exp.TruncateTable, _context: Context) -> str | None:
    return ", ".join(label(table) for table in truncate.expressions[:3])


def _dropped(drop: exp.Drop) -> str:
    """What is dropped; a schema is kept by sqlglot as a table's db."""
    tables = drop.args.get("tables") or ()
    return ", ".join(label(one) or getattr(one, "db", "") for one in tables[:3])
