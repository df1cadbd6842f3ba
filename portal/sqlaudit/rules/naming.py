"""Rules about the names that a statement gives."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask_babel import lazy_gettext as _l
from sqlglot import exp

from portal.sqlaudit.definitions import owner_of
from portal.sqlaudit.names import cut
from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import naming
from portal.sqlaudit.rules.registry import SERVERS, Context
from portal.sqlaudit.rules.reserved import RESERVED

# The nodes that give a name.
_GIVING = (
    exp.Create,
    exp.ColumnDef,
    exp.IndexColumnConstraint,
    exp.AlterRename,
    exp.RenameColumn,
)
_LONGEST = {"mysql": 64, "postgresql": 63}
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@naming(
    Level.WARN,
    *_GIVING,
    title=_l("名称是数据库的保留字"),
    english="The name is a reserved word of the database",
    reason=_l("每次使用都要加引号，漏一次就报语法错误。请换一个名称，例如 order 改成 orders。"),
    bad="CREATE TABLE t (id bigint PRIMARY KEY, order int)",
    good="CREATE TABLE t (id bigint PRIMARY KEY, position int)",
)
def reserved_name(node: exp.Expr, context: Context) -> str | None:
    words = RESERVED[context.dialect]
    return _named(node, lambda given: given.name.upper() in words)


@naming(
    Level.NOTICE,
    *_GIVING,
    title=_l("名称含有字母、数字、下划线以外的字符"),
    english="The name has other characters than letters, digits and underscores",
    reason=_l(
        "空格、横线、中文等字符使名称必须加引号，"
        "在脚本和工具中容易出错。请用小写字母、数字和下划线。"
    ),
    bad="CREATE TABLE t (id bigint PRIMARY KEY, größe int)",
    good="CREATE TABLE t (id bigint PRIMARY KEY, code int)",
)
def odd_name(node: exp.Expr, _context: Context) -> str | None:
    return _named(node, lambda given: not _PLAIN.fullmatch(given.name))


@naming(
    Level.NOTICE,
    *_GIVING,
    title=_l("名称含有大写字母"),
    english="The name has capital letters",
    reason=_l(
        "MySQL 的表名在不同系统上大小写规则不同，"
        "PostgreSQL 中带引号的大写名称以后都要加引号。请用小写。"
    ),
    bad="ALTER TABLE t RENAME TO UserOrders",
    good="ALTER TABLE t RENAME TO user_orders",
    dialects=frozenset({"mysql"}),
)
def capital_name(node: exp.Expr, _context: Context) -> str | None:
    return _named(node, lambda given: given.name != given.name.lower())


@naming(
    Level.NOTICE,
    *_GIVING,
    title=_l("名称用引号保留了大写字母"),
    english="The name keeps its capital letters by quotes",
    reason=_l("PostgreSQL 把不带引号的名称转成小写，这个名称以后处处都要加引号。请用小写。"),
    bad='ALTER TABLE t RENAME TO "UserOrders"',
    good="ALTER TABLE t RENAME TO user_orders",
    dialects=frozenset({"postgresql"}),
)
def quoted_capital_name(node: exp.Expr, _context: Context) -> str | None:
    return _named(
        node, lambda given: given.args.get("quoted") and given.name != given.name.lower()
    )


@naming(
    Level.ERROR,
    *_GIVING,
    title=_l("名称过长（MySQL 最多 64 个字符，PostgreSQL 最多 63 个字节）"),
    english="The name is too long (MySQL takes 64 characters, PostgreSQL 63 bytes)",
    reason=_l("MySQL 会报错，PostgreSQL 会悄悄截断，可能与别的名称重复。请缩短。"),
    bad=f"CREATE TABLE {'t' * 65} (id bigint PRIMARY KEY)",
    good=f"CREATE TABLE {'t' * 30} (id bigint PRIMARY KEY)",
    dialects=SERVERS,
)
def long_name(node: exp.Expr, context: Context) -> str | None:
    in_bytes = context.dialect == "postgresql"
    return _named(
        node,
        lambda given: len(given.name.encode() if in_bytes else given.name)
        > _LONGEST[context.dialect],
    )


def _named(node: exp.Expr, is_bad: Callable[[exp.Identifier], bool]) -> str | None:
    given = _given(node)
    if not isinstance(given, exp.Identifier) or not given.name or not is_bad(given):
        return None
    return cut(given.name)


def _given(node: exp.Expr) -> exp.Expr | None:
    """The identifier that this node gives to something."""
    if isinstance(node, exp.ColumnDef):
        return node.this if owner_of(node) is not None else None
    if isinstance(node, exp.RenameColumn):
        return getattr(node.args.get("to"), "this", None)
    target = node.this
    while isinstance(target, exp.Schema | exp.Table | exp.Index):
        target = target.this
    return target
