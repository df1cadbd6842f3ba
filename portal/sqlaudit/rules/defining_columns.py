"""Rules about what a column is declared to be, its type aside."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlglot import exp

from portal.sqlaudit.definitions import (
    column_name,
    constraints,
    is_not_null,
    owner_of,
    table_of,
)
from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import column
from portal.sqlaudit.rules.kinds import LARGE, SERIALS, WIDE_KEYS
from portal.sqlaudit.rules.registry import MYSQL, Context

# A value comes from these without being given.
_FILLED = (
    exp.DefaultColumnConstraint,
    exp.AutoIncrementColumnConstraint,
    exp.GeneratedAsIdentityColumnConstraint,
    exp.ComputedColumnConstraint,
    exp.GeneratedAsRowColumnConstraint,
    exp.PrimaryKeyColumnConstraint,
)


@column(
    Level.NOTICE,
    exp.ColumnDef,
    title=_l("字段是 NOT NULL 却没有默认值"),
    english="The column is NOT NULL but has no default",
    reason=_l("没写到该字段的 INSERT 会失败，在非严格模式下则悄悄写入空值。请加上 DEFAULT。"),
    bad="CREATE TABLE t (id bigint PRIMARY KEY, state int NOT NULL)",
    good="CREATE TABLE t (id bigint PRIMARY KEY, state int NOT NULL DEFAULT 0)",
    dialects=MYSQL,
)
def not_null_without_default(definition: exp.ColumnDef, context: Context) -> str | None:
    owner = owner_of(definition)
    if not isinstance(owner, exp.Create) or not _needs_a_value(definition):
        return None
    if definition.name.lower() in context.catalog.table(table_of(owner)).primary:
        return None
    return column_name(definition)


@column(
    Level.WARN,
    exp.ColumnDef,
    title=_l("新增的字段是 NOT NULL 却没有默认值"),
    english="A NOT NULL column is added without a default",
    reason=_l(
        "表中已有行时，PostgreSQL 和 SQLite 会报错，"
        "MySQL 会填入空值；旧程序的 INSERT 也会失败。请加 DEFAULT。"
    ),
    bad="ALTER TABLE t ADD COLUMN state int NOT NULL",
    good="ALTER TABLE t ADD COLUMN state int NOT NULL DEFAULT 0",
)
def add_not_null_without_default(definition: exp.ColumnDef, _context: Context) -> str | None:
    is_added = isinstance(definition.parent, exp.Alter)
    return column_name(definition) if is_added and _needs_a_value(definition) else None


@column(
    Level.NOTICE,
    exp.ColumnDef,
    title=_l("字段没有注释"),
    english="The column has no comment",
    reason=_l(
        "没有注释，后来的人看不出字段的含义和取值。"
        "MySQL 请写 COMMENT '…'，PostgreSQL 请写 COMMENT ON COLUMN。"
    ),
    bad="ALTER TABLE t ADD COLUMN state int",
    good="ALTER TABLE t ADD COLUMN state int COMMENT 'what happened'",
    dialects=MYSQL,
)
def column_without_comment(definition: exp.ColumnDef, _context: Context) -> str | None:
    if owner_of(definition) is None or constraints(definition, exp.CommentColumnConstraint):
        return None
    return column_name(definition)


@column(
    Level.NOTICE,
    exp.AutoIncrementColumnConstraint,
    title=_l("自增字段的类型可能用尽"),
    english="The type of an auto-increment may run out",
    reason=_l(
        "int 最多约 21 亿，用尽后无法再写入，"
        "到时修改类型代价很大。请用 bigint 或 int unsigned。"
    ),
    bad="CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY)",
    good="CREATE TABLE t (id bigint AUTO_INCREMENT PRIMARY KEY)",
    dialects=MYSQL,
)
def narrow_auto_increment(
    constraint: exp.AutoIncrementColumnConstraint, _context: Context
) -> str | None:
    definition = constraint.find_ancestor(exp.ColumnDef)
    if definition is None or definition.kind is None or definition.kind.this in WIDE_KEYS:
        return None
    return column_name(definition)


def _needs_a_value(definition: exp.ColumnDef) -> bool:
    """MySQL gives large types no default, a serial has its own."""
    kind = definition.kind.this if definition.kind is not None else None
    if kind in LARGE or kind in SERIALS:
        return False
    return is_not_null(definition) and not constraints(definition, *_FILLED)
