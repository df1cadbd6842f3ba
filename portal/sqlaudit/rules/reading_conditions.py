"""Rules about conditions for which an index is of no use."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlglot import exp

from portal.sqlaudit.names import cut, label
from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import condition
from portal.sqlaudit.rules.registry import Context
from portal.sqlaudit.rules.sargable import COMPARISONS, computed_column, function_column
from portal.sqlaudit.scopes import bare, columns_in, holder, is_in_where, source_of

_LONGEST_LIST = 500


@condition(
    Level.WARN,
    exp.Like,
    exp.ILike,
    title=_l("LIKE 以 % 开头，用不上索引"),
    english="LIKE begins with %: no index can be used",
    reason=_l("左模糊只能扫描全表。请改成前缀匹配 'abc%'，或使用全文索引、搜索引擎。"),
    bad="SELECT id FROM t WHERE name LIKE '%abc'",
    good="SELECT id FROM t WHERE name LIKE 'abc%'",
)
def leading_wildcard(like: exp.Expr, _context: Context) -> str | None:
    column = bare(like.this)
    if isinstance(column, exp.Column) and _begins_with_wildcard(like.expression):
        return label(column)
    return None


@condition(
    Level.NOTICE,
    *COMPARISONS,
    title=_l("条件中对字段使用了函数，用不上该字段的索引"),
    english="A function is applied to a column in a condition: its index cannot be used",
    reason=_l("请把运算移到等号另一侧，例如 day = '2024-01-01' 改成范围条件。"),
    bad="SELECT id FROM t WHERE lower(name) = 'abc'",
    good="SELECT id FROM t WHERE name = lower('ABC')",
)
def function_on_column(comparison: exp.Expr, context: Context) -> str | None:
    column = function_column(comparison, context)
    if column is None or _is_indexed(column, context):
        return None
    return label(column)


@condition(
    Level.WARN,
    *COMPARISONS,
    title=_l("条件中对有索引的字段使用了函数，索引会失效"),
    english="A function is applied to an indexed column in a condition: the index is lost",
    reason=_l("本工单已为该字段建了索引，但函数使它用不上。请把函数移到等号另一侧，或建函数索引。"),
    bad="CREATE INDEX i ON t (name); SELECT id FROM t WHERE lower(name) = 'abc'",
    good="CREATE INDEX i ON t (name); SELECT id FROM t WHERE name = 'abc'",
)
def function_on_index(comparison: exp.Expr, context: Context) -> str | None:
    column = function_column(comparison, context)
    if column is None or not _is_indexed(column, context):
        return None
    return label(column)


@condition(
    Level.NOTICE,
    *COMPARISONS,
    title=_l("条件中对字段做了运算，用不上该字段的索引"),
    english="A column is computed with in a condition: its index cannot be used",
    reason=_l("请把运算移到比较的另一侧，例如 price * 2 > 10 改成 price > 10 / 2。"),
    bad="SELECT id FROM t WHERE price * 2 > 10",
    good="SELECT id FROM t WHERE price > 10 / 2",
)
def arithmetic_on_column(comparison: exp.Expr, _context: Context) -> str | None:
    column = computed_column(comparison)
    return None if column is None else label(column)


@condition(
    Level.NOTICE,
    exp.Or,
    title=_l("OR 两侧是不同的字段，可能用不上索引"),
    english="OR combines different columns: an index may be of no use",
    reason=_l("只要有一侧没有索引就会扫描全表。请改成 UNION ALL，或确认各字段都有索引。"),
    bad="SELECT id FROM t WHERE name = 'a' OR phone = 'b'",
    good="SELECT id FROM t WHERE name = 'a' OR name = 'b'",
)
def or_on_different_columns(either: exp.Or, _context: Context) -> str | None:
    """Different when the branches have no column in common. Of a OR b OR c, asked once."""
    if isinstance(holder(either), exp.Or) or not is_in_where(either):
        return None
    branches = [
        {column.name.lower() for column in columns_in(branch)} for branch in either.flatten()
    ]
    named = [branch for branch in branches if branch]
    if len(named) < 2 or set.intersection(*named):
        return None
    return cut(" / ".join(sorted(set.union(*named))))


@condition(
    Level.WARN,
    exp.In,
    title=_l("IN 列表过长（超过 500 项）"),
    english="The IN list is long (over 500 values)",
    reason=_l("过长的列表解析慢，还会让优化器改走全表扫描。请分批，或写入临时表后连接。"),
    bad="".join(["SELECT id FROM t WHERE id IN (1", ", 1" * _LONGEST_LIST, ")"]),
    good="SELECT id FROM t WHERE id IN (1, 2, 3)",
)
def long_in_list(among: exp.In, _context: Context) -> str | None:
    return label(among.this) if len(among.expressions) > _LONGEST_LIST else None


def _begins_with_wildcard(pattern: exp.Expr) -> bool:
    """Also '%' || x and concat('%', x)."""
    pattern = bare(pattern)
    if isinstance(pattern, exp.Escape):
        return _begins_with_wildcard(pattern.this)
    if isinstance(pattern, exp.DPipe):
        return _begins_with_wildcard(pattern.this)
    if isinstance(pattern, exp.Concat):
        return bool(pattern.expressions) and _begins_with_wildcard(pattern.expressions[0])
    return isinstance(pattern, exp.Literal) and pattern.is_string and pattern.name.startswith("%")


def _is_indexed(column: exp.Column, context: Context) -> bool:
    return context.catalog.table(source_of(column)).leads_an_index(column.name)
