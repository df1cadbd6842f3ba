"""Values that are written out in a statement."""

from __future__ import annotations

from itertools import islice

from sqlglot import exp
from sqlglot.optimizer.simplify import simplify

from portal.sqlaudit.scopes import bare

_LONGEST_CONSTANT = 20
# What a condition is made of whose value needs no row.
_CONSTANT = (
    exp.Literal,
    exp.Boolean,
    exp.Null,
    exp.Paren,
    exp.Unary,
    exp.Binary,
    exp.Between,
    exp.In,
    exp.Cast,
    exp.DataType,
)


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


def null_test(node: exp.Expr | None) -> tuple[exp.Expr, bool] | None:
    """What is tested by IS NULL, and whether by IS NOT NULL: sqlglot has two ways to say that."""
    node, is_negated = bare(node), False
    if isinstance(node, exp.Not):
        node, is_negated = bare(node.this), True
    if not isinstance(node, exp.Is) or not isinstance(node.expression, exp.Null):
        return None
    return bare(node.this), is_negated != bool(node.args.get("negate"))


def is_always_true(node: exp.Expr | None) -> bool:
    """Whether this condition holds for every row: 1 = 1, TRUE, a = a, a LIKE '%', x OR 1 = 1."""
    node = bare(node)
    if isinstance(node, exp.Or):
        sides = [bare(side) for side in node.flatten()]
        return any(is_always_true(side) for side in sides) or _are_opposite(sides)
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


def _are_opposite(sides: list[exp.Expr | None]) -> bool:
    """a IS NULL OR a IS NOT NULL."""
    tests = {null_test(side) for side in sides} - {None}
    return len({tested for tested, _is_negated in tests}) < len(tests)


def _is_true_constant(node: exp.Expr) -> bool:
    """Of literals and operators alone, and not computed to be false.

    sqlglot computes; long ones are left alone, since computing takes its time.
    """
    parts = list(islice(node.walk(), _LONGEST_CONSTANT + 1))
    if len(parts) > _LONGEST_CONSTANT or not all(isinstance(one, _CONSTANT) for one in parts):
        return False
    if not any(isinstance(one, exp.Literal | exp.Boolean) for one in parts):
        return False
    value = bare(simplify(node.copy()))
    if isinstance(value, exp.Literal):
        return not value.is_string and value.name.strip("0.") != ""
    return not isinstance(value, exp.Null) and value != exp.false()
