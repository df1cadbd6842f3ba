"""Values that are written out in a statement."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.optimizer.simplify import simplify

from portal.sqlaudit.scopes import bare, columns_in

_LONGEST_CONSTANT = 20


def number(node: exp.Expr | None) -> int | None:
    """The whole number that this is, None for everything else."""
    node = bare(node)
    if isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit():
        return int(node.name)
    return None


def is_number(node: exp.Expr | None) -> bool:
    """A number written out, with or without a sign."""
    node = bare(node)
    if isinstance(node, exp.Neg):
        node = bare(node.this)
    return isinstance(node, exp.Literal) and not node.is_string


def is_always_true(node: exp.Expr | None) -> bool:
    """Whether this condition holds for every row: 1 = 1, TRUE, a = a, a LIKE '%', x OR 1 = 1."""
    node = bare(node)
    if isinstance(node, exp.Or):
        return any(is_always_true(side) for side in node.flatten())
    if isinstance(node, exp.And):
        return all(is_always_true(side) for side in node.flatten())
    if isinstance(node, exp.Exists):
        inner = node.this
        return isinstance(inner, exp.Select) and not inner.args.get("from_")
    if isinstance(node, exp.Like | exp.ILike) and _is_any_text(node.expression):
        return True
    if isinstance(node, exp.EQ | exp.GTE | exp.LTE | exp.NullSafeEQ) and _is_itself(node):
        return True
    return node is not None and _is_true_constant(node)


def _is_any_text(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and node.is_string and set(node.name) == {"%"}


def _is_itself(node: exp.Binary) -> bool:
    left, right = bare(node.this), bare(node.expression)
    return isinstance(left, exp.Column) and left == right


def _is_true_constant(node: exp.Expr) -> bool:
    """Computed by sqlglot; long ones are left alone, since computing takes its time."""
    if next(columns_in(node), None) is not None or node.find(exp.Query):
        return False
    if sum(1 for _one in node.walk()) > _LONGEST_CONSTANT:
        return False
    value = bare(simplify(node.copy()))
    if isinstance(value, exp.Boolean):
        return bool(value.this)
    if isinstance(value, exp.Literal):
        return not value.is_string and value.name.strip("0.") != ""
    return False
