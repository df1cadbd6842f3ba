"""Comparisons for which an index on the column cannot be used."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from portal.sqlaudit.rules.registry import Context
from portal.sqlaudit.scopes import bare, columns_in, is_in_where, source_of

COMPARISONS = (
    exp.EQ,
    exp.NullSafeEQ,
    exp.GT,
    exp.GTE,
    exp.LT,
    exp.LTE,
    exp.Like,
    exp.ILike,
    exp.In,
    exp.Between,
)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod)
_DATES = (exp.DateAdd, exp.DateSub, exp.TsOrDsAdd)
# Functions in sqlglot's eyes only, or such as have no other way to be written.
_NO_FUNCTIONS = (exp.Binary, exp.Case, exp.If, exp.AggFunc, exp.Exists, exp.JSONExtract)


def function_column(comparison: exp.Expr, context: Context) -> exp.Column | None:
    """The column that is hidden in a function, unless the text has an index of just that."""
    for side in _sides(comparison):
        if isinstance(side, exp.Func) and not isinstance(side, _NO_FUNCTIONS):
            column = next(columns_in(side), None)
            if column is not None and is_in_where(comparison):
                return None if _has_own_index(side, column, context) else column
    return None


def computed_column(comparison: exp.Expr) -> exp.Column | None:
    """The only column of a sum or product that is compared with something constant."""
    for side in _sides(comparison):
        if isinstance(side, _ARITHMETIC):
            columns = list(columns_in(side))
            if len(columns) == 1 and is_in_where(comparison):
                return columns[0]
    return None


def _sides(comparison: exp.Expr) -> Iterator[exp.Expr]:
    """Each side that is compared with what holds no column."""
    left = bare(comparison.this)
    if isinstance(comparison, exp.Between | exp.In):
        others = [comparison.args.get("low"), comparison.args.get("high")]
    else:
        others = [comparison.expression]
    if not any(next(columns_in(one), None) for one in others if one is not None):
        yield left
    if len(others) == 1 and next(columns_in(left), None) is None:
        yield bare(others[0])


def _has_own_index(side: exp.Expr, column: exp.Column, context: Context) -> bool:
    facts = context.catalog.table(source_of(column))
    if not facts.indexes:
        return False
    written = side.sql().lower()
    return any(written in index.columns for index in facts.indexes)
