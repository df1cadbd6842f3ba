"""Rules about how a statement combines tables."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlglot import exp

from portal.sqlaudit.names import label
from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import reading
from portal.sqlaudit.rules.registry import SERVERS, Context
from portal.sqlaudit.scopes import columns_in

_MOST_JOINS = 5
_STATEMENTS = (exp.Select, exp.Update, exp.Delete)


@reading(
    Level.WARN,
    exp.Join,
    exp.Update,
    exp.Delete,
    title=_l("多表查询缺少连接条件，会产生笛卡尔积"),
    english="Tables are combined without a condition: every row with every row",
    reason=_l("结果行数是各表行数的乘积。请用 JOIN … ON 写明连接条件；确实需要时写 CROSS JOIN。"),
    bad="SELECT a.id FROM a, b WHERE a.state = 1",
    good="SELECT a.id FROM a JOIN b ON b.a_id = a.id WHERE a.state = 1",
    dialects=SERVERS,
)
def implicit_cross_join(node: exp.Expr, _context: Context) -> str | None:
    """Not SQLite: there sqlglot tells no comma from CROSS JOIN."""
    statement = node.find_ancestor(*_STATEMENTS) if isinstance(node, exp.Join) else node
    if statement is None:
        return None
    for joined in [node.this] if _is_bare_join(node) else _added(node):
        is_table = isinstance(joined, exp.Table) and isinstance(joined.this, exp.Identifier)
        if is_table and not _ties(statement, joined.alias_or_name.lower()):
            return label(joined)
    return None


@reading(
    Level.WARN,
    exp.Select,
    title=_l("一条查询连接的表过多"),
    english="One query joins too many tables",
    reason=_l("表越多，优化器越难选对执行计划。超过 5 次连接时请拆成几条查询或保存中间结果。"),
    bad=(
        "SELECT a.id FROM a JOIN b ON b.id = a.id JOIN c ON c.id = a.id JOIN d ON d.id = a.id"
        " JOIN e ON e.id = a.id JOIN f ON f.id = a.id JOIN g ON g.id = a.id WHERE a.id = 1"
    ),
    good="SELECT a.id FROM a JOIN b ON b.id = a.id WHERE a.id = 1",
)
def too_many_joins(select: exp.Select, _context: Context) -> str | None:
    joins = select.args.get("joins") or ()
    return str(len(joins)) if len(joins) > _MOST_JOINS else None


def _is_bare_join(node: exp.Expr) -> bool:
    explicit = ("on", "using", "method", "side")
    if not isinstance(node, exp.Join) or any(node.args.get(name) for name in explicit):
        return False
    return node.kind not in {"CROSS", "STRAIGHT"}


def _added(change: exp.Expr) -> list[exp.Expr]:
    """The tables of UPDATE … FROM and DELETE … USING."""
    if isinstance(change, exp.Join):
        return []
    source = change.args.get("from_")
    found = [*(change.args.get("using") or ()), *([source.this] if source else ())]
    target = change.this.alias_or_name.lower() if isinstance(change.this, exp.Expr) else ""
    return [one for one in found if one.alias_or_name.lower() != target]


def _ties(statement: exp.Expr, alias: str) -> bool:
    """Whether some condition of this statement compares this table with another.

    A column without a table's name may belong to any: it gets the benefit of the doubt.
    """
    conditions = [statement.args.get("where")]
    conditions += [join.args.get("on") for join in statement.find_all(exp.Join)]
    for condition in filter(None, conditions):
        for comparison in condition.find_all(exp.Predicate):
            owners = [column.table.lower() for column in columns_in(comparison)]
            if len(set(owners)) > 1 and {alias, ""} & set(owners):
                return True
            if owners.count("") > 1:
                return True
    return False
