"""What tables and columns are called: keys to compare by, labels to show."""

from __future__ import annotations

from sqlglot import exp

# A schema that is there without being named.
_USUAL_SCHEMAS = frozenset({"public", "main"})
_LONGEST_LABEL = 64


def key(table: exp.Expr | None) -> str:
    """The same for each way of writing this table's name; empty when it has none."""
    return key_of(table.db, table.name) if isinstance(table, exp.Table) else ""


def key_of(schema: str, name: str) -> str:
    """The key of a table by its name and its schema, empty when none is given."""
    schema, name = schema.lower(), name.lower()
    return name if not schema or schema in _USUAL_SCHEMAS else f"{schema}.{name}"


def label(node: object) -> str:
    """The name of this table, column or index for people, with what it belongs to.

    Empty for what is no node: sqlglot leaves None or False where a name is missing.
    """
    if not isinstance(node, exp.Expr):
        return ""
    if isinstance(node, exp.Schema):
        return label(node.this)
    if isinstance(node, exp.Table | exp.Column):
        return cut(".".join(part.name for part in node.parts))
    return cut(node.name)


def column_label(table: exp.Expr | None, column: str) -> str:
    """table.column, or the column alone where the table is not known."""
    owner = label(table)
    return f"{owner}.{cut(column)}" if owner else cut(column)


def cut(text: str) -> str:
    """Short enough for a sentence."""
    return text if len(text) <= _LONGEST_LABEL else text[:_LONGEST_LABEL] + "…"
