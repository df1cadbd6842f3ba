"""Rules about CREATE TABLE as a whole."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlglot import exp

from portal.sqlaudit.definitions import (
    columns_of,
    is_kind,
    is_own_table,
    properties_of,
    table_of,
)
from portal.sqlaudit.names import label
from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import table
from portal.sqlaudit.rules.registry import MYSQL, SERVERS, Context

_MOST_COLUMNS = 60


@table(
    Level.WARN,
    exp.Create,
    title=_l("表没有主键"),
    english="The table has no primary key",
    reason=_l("没有主键的表难以定位单行，主从复制和在线变更工具也依赖主键。请加上自增或业务主键。"),
    bad="CREATE TABLE t (name varchar(20))",
    good="CREATE TABLE t (id bigint PRIMARY KEY, name varchar(20))",
)
def missing_primary_key(create: exp.Create, context: Context) -> str | None:
    if not is_own_table(create):
        return None
    owner = table_of(create)
    return None if context.catalog.table(owner).primary else label(owner)


@table(
    Level.NOTICE,
    exp.Create,
    title=_l("建表没有写 IF NOT EXISTS"),
    english="CREATE TABLE without IF NOT EXISTS",
    reason=_l("表已存在时语句会失败，后面的语句也不再执行。请写 CREATE TABLE IF NOT EXISTS。"),
    bad="CREATE TABLE t (id bigint PRIMARY KEY)",
    good="CREATE TABLE IF NOT EXISTS t (id bigint PRIMARY KEY)",
)
def create_without_if_not_exists(create: exp.Create, _context: Context) -> str | None:
    if not is_kind(create, "TABLE") or create.args.get("exists") or create.args.get("replace"):
        return None
    return label(create.this)


@table(
    Level.NOTICE,
    exp.Create,
    title=_l("表没有注释"),
    english="The table has no comment",
    reason=_l(
        "没有注释，后来的人看不出表的用途。"
        "MySQL 请写 COMMENT '…'，PostgreSQL 请写 COMMENT ON TABLE。"
    ),
    bad="CREATE TABLE t (id bigint PRIMARY KEY)",
    good="CREATE TABLE t (id bigint PRIMARY KEY) COMMENT 'people'",
    dialects=MYSQL,
)
def table_without_comment(create: exp.Create, _context: Context) -> str | None:
    if not is_own_table(create) or properties_of(create, exp.SchemaCommentProperty):
        return None
    return label(create.this)


@table(
    Level.NOTICE,
    exp.ForeignKey,
    exp.Reference,
    title=_l("不建议使用外键"),
    english="Foreign keys are discouraged",
    reason=_l("外键在每次写入时检查并加锁，也妨碍分库分表和在线变更。请在程序中保证关联。"),
    bad="CREATE TABLE t (id bigint PRIMARY KEY, a_id bigint REFERENCES a (id))",
    good="CREATE TABLE t (id bigint PRIMARY KEY, a_id bigint)",
    dialects=MYSQL,
)
def foreign_key(node: exp.Expr, _context: Context) -> str | None:
    if isinstance(node.parent, exp.ForeignKey):
        return None
    reference = node if isinstance(node, exp.Reference) else node.args.get("reference")
    return label(reference.this) if reference is not None else ""


@table(
    Level.NOTICE,
    exp.Create,
    title=_l("表的字段过多（超过 60 个）"),
    english="The table has too many columns (over 60)",
    reason=_l("过宽的表每行占用大，读写都慢。请把不常用的字段拆到另一张表。"),
    bad=f"CREATE TABLE t (id bigint PRIMARY KEY, {', '.join(f'c{n} int' for n in range(60))})",
    good="CREATE TABLE t (id bigint PRIMARY KEY, a int)",
)
def too_many_columns(create: exp.Create, _context: Context) -> str | None:
    number = len(columns_of(create)) if is_kind(create, "TABLE") else 0
    return f"{label(create.this)} ({number})" if number > _MOST_COLUMNS else None


@table(
    Level.NOTICE,
    exp.Create,
    title=_l("用查询结果建表，不带索引和主键"),
    english="CREATE TABLE … AS SELECT leaves out indexes and the primary key",
    reason=_l("索引、默认值、注释都不会带过来，建表期间还会锁住源表。请先建表，再分批写入。"),
    bad="CREATE TABLE t AS SELECT id FROM a WHERE id < 100",
    good="CREATE TABLE t (id bigint PRIMARY KEY)",
    dialects=SERVERS,
)
def create_table_as(create: exp.Create, _context: Context) -> str | None:
    if not is_kind(create, "TABLE") or not isinstance(create.args.get("expression"), exp.Query):
        return None
    return None if properties_of(create, exp.TemporaryProperty) else label(create.this)
