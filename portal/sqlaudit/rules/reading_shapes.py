"""Rules about what a query asks for: its columns, its rows, its nesting."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlglot import exp

from portal.sqlaudit.names import label
from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import reading
from portal.sqlaudit.rules.registry import Context
from portal.sqlaudit.scopes import sources

_DEEPEST = 3


@reading(
    Level.NOTICE,
    exp.Select,
    title=_l("不建议使用 SELECT *，请列出需要的列"),
    english="Avoid SELECT *: list the columns that are needed",
    reason=_l("表加字段后结果会悄悄变化，还会多读用不到的大字段、用不上覆盖索引。请写出列名。"),
    bad="SELECT * FROM t WHERE id = 1",
    good="SELECT id, name FROM t WHERE id = 1",
)
def select_star(select: exp.Select, _context: Context) -> str | None:
    """Not EXISTS (SELECT * …), where the columns do not matter, nor a subquery that lists them."""
    found = sources(select)
    if isinstance(select.parent, exp.Exists) or _are_subqueries(found):
        return None
    if any(column.is_star and not isinstance(column, exp.Func) for column in select.selects):
        return _only_source(select)
    return None


@reading(
    Level.NOTICE,
    exp.Select,
    title=_l("查询没有 WHERE，也没有 LIMIT，会读整张表"),
    english="The query has neither WHERE nor LIMIT and reads the whole table",
    reason=_l("表大时会拖慢数据库并返回大量数据。请加上条件，或用 LIMIT 限制行数。"),
    bad="SELECT id FROM t",
    good="SELECT id FROM t LIMIT 100",
    is_on=False,
)
def unlimited_select(select: exp.Select, _context: Context) -> str | None:
    if select.parent is not None or not isinstance(_first_source(select), exp.Table):
        return None
    limits = ("where", "limit", "group", "having", "joins")
    is_limited = any(select.args.get(name) for name in limits)
    return None if is_limited or select.find(exp.AggFunc) else _only_source(select)


@reading(
    Level.NOTICE,
    exp.Select,
    title=_l("子查询嵌套过深"),
    english="Subqueries are nested too deeply",
    reason=_l("嵌套超过 3 层的查询难以看懂，也难以优化。请改成 JOIN，或用 WITH 分步写。"),
    bad=(
        "SELECT id FROM a WHERE id IN (SELECT id FROM b WHERE id IN (SELECT id FROM c"
        " WHERE id IN (SELECT id FROM d WHERE id IN (SELECT id FROM e WHERE id = 1))))"
    ),
    good="SELECT id FROM a WHERE id IN (SELECT id FROM b WHERE state = 1)",
)
def deep_subquery(select: exp.Select, _context: Context) -> str | None:
    depth, parent = 0, select.parent
    while parent is not None and depth <= _DEEPEST:
        depth += isinstance(parent, exp.Select)
        parent = parent.parent
    return "" if depth > _DEEPEST else None


def _are_subqueries(found: list[exp.Expr]) -> bool:
    return bool(found) and all(isinstance(one, exp.Subquery) for one in found)


def _first_source(select: exp.Select) -> exp.Expr | None:
    return next(iter(sources(select)), None)


def _only_source(select: exp.Select) -> str:
    """The table that is read, empty when there are several or none."""
    found = sources(select)
    return label(found[0]) if len(found) == 1 and isinstance(found[0], exp.Table) else ""
