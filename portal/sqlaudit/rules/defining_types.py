"""Rules about the type of a column."""

from __future__ import annotations

import re

from flask_babel import lazy_gettext as _l
from sqlglot import exp

from portal.sqlaudit.definitions import column_name, owner_of
from portal.sqlaudit.literals import number
from portal.sqlaudit.result import Level
from portal.sqlaudit.rules import kinds
from portal.sqlaudit.rules.families import column
from portal.sqlaudit.rules.registry import MYSQL, Context

_MONEY = re.compile(
    r"price|amount|money|salary|wage|balance|payment|discount|refund|income|revenue|profit"
    r"|(?:^|_)(?:fee|cost|pay|paid|tax|total|debt|budget|deposit)(?:s?$|s?_)",
    re.IGNORECASE,
)
_LONGEST_VARYING = 5000
_LONGEST_FIXED = 64


@column(
    Level.WARN,
    exp.ColumnDef,
    title=_l("金额字段使用了浮点类型，会有误差"),
    english="Money is kept in a floating-point type, which is not exact",
    reason=_l("浮点数不能精确表示小数，累加后账对不上。请用 decimal，或以分为单位的整数。"),
    bad="CREATE TABLE t (id bigint PRIMARY KEY, price double precision)",
    good="CREATE TABLE t (id bigint PRIMARY KEY, price decimal(12, 2))",
)
def float_for_money(definition: exp.ColumnDef, _context: Context) -> str | None:
    is_money = _MONEY.search(definition.name)
    return column_name(definition) if is_money and _is_of(definition, kinds.INEXACT) else None


@column(
    Level.NOTICE,
    exp.ColumnDef,
    title=_l("varchar 过长（超过 5000）"),
    english="The varchar is long (over 5000)",
    reason=_l("过长的字段拖慢排序和临时表，也超出行长上限。请缩短，或用 text 并放到单独的表。"),
    bad="CREATE TABLE t (id bigint PRIMARY KEY, a varchar(8000))",
    good="CREATE TABLE t (id bigint PRIMARY KEY, a varchar(200))",
)
def long_varchar(definition: exp.ColumnDef, _context: Context) -> str | None:
    is_long = _is_of(definition, kinds.VARYING) and _length(definition) > _LONGEST_VARYING
    return column_name(definition) if is_long else None


@column(
    Level.NOTICE,
    exp.ColumnDef,
    title=_l("char 过长（超过 64），请用 varchar"),
    english="The char is long (over 64): use varchar",
    reason=_l("char 会用空格补足长度，浪费空间，比较时还要去掉空格。长度不定的文本请用 varchar。"),
    bad="CREATE TABLE t (id bigint PRIMARY KEY, a char(200))",
    good="CREATE TABLE t (id bigint PRIMARY KEY, a char(32))",
)
def long_char(definition: exp.ColumnDef, _context: Context) -> str | None:
    is_long = _is_of(definition, kinds.FIXED) and _length(definition) > _LONGEST_FIXED
    return column_name(definition) if is_long else None


@column(
    Level.NOTICE,
    exp.ColumnDef,
    title=_l("使用了 TEXT 或 BLOB 字段"),
    english="A TEXT or BLOB column",
    reason=_l("大字段不能完整建索引，读取时还会用磁盘临时表。请改用 varchar，或拆到单独的表。"),
    bad="CREATE TABLE t (id bigint PRIMARY KEY, a longtext)",
    good="CREATE TABLE t (id bigint PRIMARY KEY, a varchar(500))",
    dialects=MYSQL,
)
def large_column(definition: exp.ColumnDef, _context: Context) -> str | None:
    return column_name(definition) if _is_of(definition, kinds.TEXTS | kinds.BLOBS) else None


@column(
    Level.NOTICE,
    exp.ColumnDef,
    title=_l("使用了 ENUM 或 SET 字段"),
    english="An ENUM or SET column",
    reason=_l(
        "增减取值要改表结构，排序按序号而不是按文本。"
        "请用 tinyint 或 varchar，取值写在注释里。"
    ),
    bad="CREATE TABLE t (id bigint PRIMARY KEY, state enum('a', 'b'))",
    good="CREATE TABLE t (id bigint PRIMARY KEY, state tinyint)",
    dialects=MYSQL,
)
def enum_column(definition: exp.ColumnDef, _context: Context) -> str | None:
    return column_name(definition) if _is_of(definition, kinds.CHOICES) else None


@column(
    Level.NOTICE,
    exp.ColumnDef,
    title=_l("使用了 BIT 字段"),
    english="A BIT column",
    reason=_l("不同的客户端对 BIT 的读写不一致，容易判断出错。请用 tinyint(1)。"),
    bad="CREATE TABLE t (id bigint PRIMARY KEY, is_on bit(1))",
    good="CREATE TABLE t (id bigint PRIMARY KEY, is_on tinyint(1))",
    dialects=MYSQL,
)
def bit_column(definition: exp.ColumnDef, _context: Context) -> str | None:
    return column_name(definition) if _is_of(definition, {exp.DType.BIT}) else None


def _is_of(definition: exp.ColumnDef, types: frozenset | set) -> bool:
    kind = definition.kind
    return kind is not None and kind.this in types and owner_of(definition) is not None


def _length(definition: exp.ColumnDef) -> int:
    """The declared length, 0 when there is none."""
    given = definition.kind.expressions
    return (number(given[0].this) or 0) if given else 0
