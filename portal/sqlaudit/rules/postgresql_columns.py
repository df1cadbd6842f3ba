"""Rules about tables and columns of PostgreSQL alone."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlglot import exp

from portal.sqlaudit.definitions import column_name, constraints, is_own_table, owner_of, table_of
from portal.sqlaudit.names import label
from portal.sqlaudit.result import Level
from portal.sqlaudit.rules import kinds
from portal.sqlaudit.rules.families import column, table
from portal.sqlaudit.rules.registry import POSTGRESQL, Context
from portal.sqlaudit.vocabulary import words_of

_VOLATILE = words_of(
    """CLOCK_TIMESTAMP STATEMENT_TIMESTAMP TIMEOFDAY NEXTVAL GEN_RANDOM_UUID UUID_GENERATE_V4
    UUID_GENERATE_V1 RANDOM"""
)


@table(
    Level.NOTICE,
    exp.Create,
    title=_l("表没有 COMMENT ON TABLE 注释"),
    english="The table has no COMMENT ON TABLE",
    reason=_l("没有注释，后来的人看不出表的用途。请在同一工单中加上 COMMENT ON TABLE … IS '…'。"),
    bad="CREATE TABLE t (id bigint PRIMARY KEY)",
    good="CREATE TABLE t (id bigint PRIMARY KEY); COMMENT ON TABLE t IS 'people'",
    dialects=POSTGRESQL,
)
def no_comment_on_table(create: exp.Create, context: Context) -> str | None:
    if not is_own_table(create) or context.catalog.table(table_of(create)).has_comment:
        return None
    return label(create.this)


@column(
    Level.NOTICE,
    exp.ColumnDef,
    title=_l("字段没有 COMMENT ON COLUMN 注释"),
    english="The column has no COMMENT ON COLUMN",
    reason=_l(
        "没有注释，后来的人看不出字段的含义和取值。"
        "请在同一工单中加上 COMMENT ON COLUMN … IS '…'。"
    ),
    bad="ALTER TABLE t ADD COLUMN state int",
    good="ALTER TABLE t ADD COLUMN state int; COMMENT ON COLUMN t.state IS 'what happened'",
    dialects=POSTGRESQL,
)
def no_comment_on_column(definition: exp.ColumnDef, context: Context) -> str | None:
    """A key called id speaks for itself."""
    owner = owner_of(definition)
    name = definition.name.lower()
    if owner is None or name == "id" or _is_temporary(owner):
        return None
    commented = context.catalog.table(table_of(owner)).commented
    return None if name in commented else column_name(definition)


@column(
    Level.NOTICE,
    exp.ColumnDef,
    title=_l("自增字段的类型可能用尽，请用 bigint"),
    english="The type of an auto-increment may run out: use bigint",
    reason=_l(
        "int 最多约 21 亿，用尽后无法再写入，"
        "到时修改类型代价很大。请用 bigint 或 bigserial。"
    ),
    bad="CREATE TABLE t (id serial PRIMARY KEY)",
    good="CREATE TABLE t (id bigserial PRIMARY KEY)",
    dialects=POSTGRESQL,
)
def narrow_serial(definition: exp.ColumnDef, _context: Context) -> str | None:
    kind = definition.kind.this if definition.kind is not None else None
    counts = bool(constraints(definition, exp.GeneratedAsIdentityColumnConstraint))
    is_narrow = kind in kinds.NARROW_SERIALS or (counts and kind in kinds.NARROW_INTEGERS)
    return column_name(definition) if is_narrow else None


@column(
    Level.NOTICE,
    exp.ColumnDef,
    title=_l("timestamp 不带时区"),
    english="The timestamp has no time zone",
    reason=_l("同一个值在不同时区的会话里含义不同。请用 timestamptz（timestamp with time zone）。"),
    bad="CREATE TABLE t (id bigint PRIMARY KEY, created_at timestamp)",
    good="CREATE TABLE t (id bigint PRIMARY KEY, created_at timestamptz)",
    dialects=POSTGRESQL,
)
def timestamp_without_time_zone(definition: exp.ColumnDef, _context: Context) -> str | None:
    if definition.kind is None or owner_of(definition) is None:
        return None
    return column_name(definition) if definition.kind.this in kinds.ZONELESS else None


@column(
    Level.WARN,
    exp.ColumnDef,
    title=_l("新增字段的默认值每行不同，会重写整张表"),
    english="The added column's default differs by row: the whole table is rewritten",
    reason=_l("重写期间表被锁住，读写都要等待。请先加不带默认值的字段，分批填值，再设默认值。"),
    bad="ALTER TABLE t ADD COLUMN token uuid DEFAULT gen_random_uuid()",
    good="ALTER TABLE t ADD COLUMN created_at timestamptz DEFAULT now()",
    dialects=POSTGRESQL,
)
def volatile_default(definition: exp.ColumnDef, _context: Context) -> str | None:
    if not isinstance(definition.parent, exp.Alter):
        return None
    for default in constraints(definition, exp.DefaultColumnConstraint):
        for call in default.find_all(exp.Rand, exp.Uuid, exp.Anonymous):
            if not isinstance(call, exp.Anonymous) or call.name.upper() in _VOLATILE:
                return column_name(definition)
    return None


def _is_temporary(owner: exp.Expr) -> bool:
    return isinstance(owner, exp.Create) and not is_own_table(owner)
