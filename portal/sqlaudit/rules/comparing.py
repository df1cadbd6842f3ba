"""Rules about comparisons that do not mean what they seem to."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlglot import exp

from portal.sqlaudit.literals import is_always_true, is_number, null_test
from portal.sqlaudit.names import label
from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import condition
from portal.sqlaudit.rules.registry import Context
from portal.sqlaudit.scopes import bare, holder, source_of

# In these, = gives a value instead of comparing.
_ASSIGNING = (exp.Update, exp.OnConflict, exp.SetItem, exp.Set, exp.Insert, exp.When)


@condition(
    Level.WARN,
    exp.EQ,
    exp.NEQ,
    title=_l("与 NULL 用 = 或 <> 比较，结果永远不成立"),
    english="A comparison with NULL by = or <> is never true",
    reason=_l("NULL 与任何值比较都得到 NULL。请改用 IS NULL 或 IS NOT NULL。"),
    bad="SELECT id FROM t WHERE name <> NULL",
    good="SELECT id FROM t WHERE name IS NOT NULL",
)
def null_comparison(comparison: exp.Binary, _context: Context) -> str | None:
    sides = [bare(comparison.this), bare(comparison.expression)]
    if isinstance(comparison.parent, _ASSIGNING):
        return None
    if not any(isinstance(side, exp.Null) for side in sides):
        return None
    column = next((side for side in sides if isinstance(side, exp.Column)), None)
    return label(column)


@condition(
    Level.WARN,
    exp.In,
    title=_l("NOT IN 的子查询可能返回 NULL，届时一行也查不到"),
    english="The subquery of NOT IN may yield NULL, and then no row is found",
    reason=_l(
        "子查询结果中只要有一个 NULL，NOT IN 就永远不成立。"
        "请用 NOT EXISTS，或加 IS NOT NULL。"
    ),
    bad="SELECT id FROM a WHERE id NOT IN (SELECT a_id FROM b)",
    good="SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.a_id = a.id)",
)
def not_in_nullable(among: exp.In, context: Context) -> str | None:
    query = among.args.get("query")
    inner = query.this if isinstance(query, exp.Subquery) else query
    is_negated = isinstance(holder(among), exp.Not)
    if not is_negated or not isinstance(inner, exp.Select) or len(inner.selects) != 1:
        return None
    column = inner.selects[0]
    if not isinstance(column, exp.Column) or _excludes_null(inner, column):
        return None
    facts = context.catalog.table(source_of(column))
    name = column.name.lower()
    is_known = name in facts.not_null or name in (facts.primary or ("id",))
    return None if is_known else label(column)


@condition(
    Level.WARN,
    exp.EQ,
    exp.NEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.In,
    title=_l("文本字段与数字比较，会发生隐式转换"),
    english="A text column is compared with a number: it is converted silently",
    reason=_l("每一行都要先转换类型，索引失效，还可能匹配到多余的行。请给值加上引号。"),
    bad="CREATE TABLE t (phone varchar(20)); SELECT phone FROM t WHERE phone = 13800000000",
    good="CREATE TABLE t (phone varchar(20)); SELECT phone FROM t WHERE phone = '13800000000'",
)
def implicit_conversion(comparison: exp.Expr, context: Context) -> str | None:
    if isinstance(comparison, exp.In):
        sides = [comparison.this, *comparison.expressions[:1]]
    else:
        sides = [comparison.this, comparison.expression]
    column = next((bare(side) for side in sides if isinstance(bare(side), exp.Column)), None)
    if column is None or not any(is_number(side) for side in sides):
        return None
    if isinstance(comparison.parent, _ASSIGNING):
        return None
    kind = context.catalog.table(source_of(column)).types.get(column.name.lower())
    is_text = kind is not None and kind.is_type(*exp.DataType.TEXT_TYPES)
    return label(column) if is_text else None


@condition(
    Level.NOTICE,
    exp.Select,
    title=_l("WHERE 条件永远成立，等于没有条件"),
    english="The WHERE is always true, as if there were none",
    reason=_l("1 = 1 之类的条件不限制任何行，多半是拼接 SQL 时漏了真正的条件。请补上条件。"),
    bad="SELECT id FROM t WHERE 1 = 1",
    good="SELECT id FROM t WHERE 1 = 1 AND state = 2",
)
def select_always_true(select: exp.Select, _context: Context) -> str | None:
    where = select.args.get("where")
    return "" if where is not None and is_always_true(where.this) else None


def _excludes_null(query: exp.Select, column: exp.Column) -> bool:
    where = query.args.get("where")
    if where is None:
        return False
    tests = [null_test(test) for test in where.find_all(exp.Is, exp.Not)]
    return any(
        is_negated and tested.name.lower() == column.name.lower()
        for tested, is_negated in filter(None, tests)
    )
