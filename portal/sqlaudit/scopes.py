"""Which table a column belongs to, and where in a statement a condition stands."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

_SCOPES = (exp.Select, exp.Update, exp.Delete)


def sources(statement: exp.Expr) -> list[exp.Expr]:
    """What this SELECT, UPDATE or DELETE reads from or changes: tables, subqueries."""
    first = [statement.args.get("from_")]
    if not isinstance(statement, exp.Select):
        first += [statement.this, *(statement.args.get("using") or ())]
    found = []
    for one in first:
        source = one.this if isinstance(one, exp.From) else one
        if isinstance(source, exp.Expr):
            found.append(source)
            found += [join.this for join in source.args.get("joins") or ()]
    return found + [join.this for join in statement.args.get("joins") or ()]


def source_of(column: exp.Column) -> exp.Table | None:
    """The table of this column, None when the statement leaves a doubt."""
    statement = column.find_ancestor(*_SCOPES)
    if statement is None:
        return None
    found = sources(statement)
    if column.table:
        found = [one for one in found if one.alias_or_name.lower() == column.table.lower()]
    return found[0] if len(found) == 1 and isinstance(found[0], exp.Table) else None


def is_in_where(node: exp.Expr) -> bool:
    """Whether this stands in a WHERE, not in a query inside of it."""
    parent = node.parent
    while parent is not None and not isinstance(parent, exp.Query | exp.DML):
        if isinstance(parent, exp.Where):
            return True
        parent = parent.parent
    return False


def columns_in(node: exp.Expr) -> Iterator[exp.Column]:
    """The columns in this expression, without those of queries inside of it."""
    for one in node.walk(prune=lambda inner: isinstance(inner, exp.Query)):
        if isinstance(one, exp.Column):
            yield one


def bare(node: exp.Expr | None) -> exp.Expr | None:
    """The expression without the brackets around it."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def holder(node: exp.Expr) -> exp.Expr | None:
    """What this expression is part of, the brackets around it aside."""
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    return parent
