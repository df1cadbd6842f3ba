"""What CREATE and ALTER say: the table, its columns and its indexes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from portal.sqlaudit import names

# Such tables take their columns from elsewhere, or do not live long.
_OTHERWISE_DEFINED = (exp.TemporaryProperty, exp.LikeProperty, exp.InheritsProperty)


@dataclass(frozen=True)
class IndexDef:
    """columns: in order, in small letters; a prefix as a(10), an expression as its SQL.

    kind: primary, unique, index, or another in small letters (fulltext, spatial).
    scope: what else tells it from an index of the same columns (method, condition).
    """

    name: str
    columns: tuple[str, ...]
    kind: str
    scope: str = ""


def table_of(node: exp.Expr) -> exp.Table | None:
    """The table that this CREATE or ALTER is about."""
    target = node.this
    if isinstance(target, exp.Schema):
        target = target.this
    if isinstance(target, exp.Index):
        target = target.args.get("table")
    return target if isinstance(target, exp.Table) else None


def is_kind(node: exp.Expr, kind: str) -> bool:
    """Whether this CREATE, ALTER or DROP is of such an object: TABLE, INDEX …"""
    return str(node.args.get("kind") or "").upper() == kind


def properties_of(create: exp.Create, *kinds: type) -> list[exp.Expr]:
    """The options of this CREATE, those of these kinds."""
    found = create.args.get("properties")
    return [one for one in found.expressions if isinstance(one, kinds)] if found else []


def is_own_table(create: exp.Create) -> bool:
    """Whether this creates a lasting table whose columns stand in the statement itself."""
    schema = create.this
    if not is_kind(create, "TABLE") or not isinstance(schema, exp.Schema):
        return False
    is_copied = any(isinstance(part, exp.LikeProperty) for part in schema.expressions)
    return not is_copied and not properties_of(create, *_OTHERWISE_DEFINED)


def owner_of(column: exp.ColumnDef) -> exp.Expr | None:
    """The CREATE TABLE or ALTER TABLE that defines this column; None for other typed lists."""
    node = column.parent
    while isinstance(node, exp.Schema | exp.ModifyColumn):
        node = node.parent
    return node if isinstance(node, exp.Create | exp.Alter) and is_kind(node, "TABLE") else None


def column_name(column: exp.ColumnDef) -> str:
    """table.column for people."""
    owner = owner_of(column)
    return names.column_label(table_of(owner) if owner is not None else None, column.name)


def columns_of(node: exp.Expr) -> list[exp.ColumnDef]:
    """The columns that this CREATE or ALTER TABLE defines, changed ones included."""
    found = []
    for part in _parts(node):
        inner = part.this if isinstance(part, exp.ModifyColumn) else part
        if isinstance(inner, exp.ColumnDef):
            found.append(inner)
    return found


def constraints(column: exp.ColumnDef, *kinds: type) -> list[exp.Expr]:
    """Of this column, those of these kinds."""
    found = (one.args.get("kind") for one in column.args.get("constraints") or ())
    return [kind for kind in found if isinstance(kind, kinds)]


def is_not_null(column: exp.ColumnDef) -> bool:
    """Declared NOT NULL; a bare NULL is the same node with allow_null."""
    return any(
        not one.args.get("allow_null")
        for one in constraints(column, exp.NotNullColumnConstraint)
    )


def indexes_of(node: exp.Expr) -> list[IndexDef]:
    """The indexes, keys and unique constraints that this CREATE or ALTER defines."""
    if isinstance(node.this, exp.Index):
        return [_created(node)]
    found = []
    for part in _parts(node):
        found += _of_column(part) if isinstance(part, exp.ColumnDef) else _of_constraint(part)
    return [one for one in found if one.columns]


def _parts(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Alter):
        for action in node.args.get("actions") or ():
            yield from action.expressions if isinstance(action, exp.AddConstraint) else [action]
    elif isinstance(node.this, exp.Schema):
        yield from node.this.expressions


def _of_column(column: exp.ColumnDef) -> list[IndexDef]:
    name = column.name.lower()
    found = []
    if constraints(column, exp.PrimaryKeyColumnConstraint):
        found.append(IndexDef("", (name,), "primary"))
    if constraints(column, exp.UniqueColumnConstraint):
        found.append(IndexDef(name, (name,), "unique"))
    return found


def _of_constraint(part: exp.Expr, name: str = "") -> list[IndexDef]:
    if isinstance(part, exp.Constraint):
        return [one for inner in part.expressions for one in _of_constraint(inner, part.name)]
    if isinstance(part, exp.PrimaryKey):
        return [IndexDef(name, _columns(part.expressions), "primary")]
    if isinstance(part, exp.UniqueColumnConstraint):
        listed = part.this
        if isinstance(listed, exp.Schema):
            own = listed.this.name if listed.this is not None else ""
            return [IndexDef(own or name, _columns(listed.expressions), "unique")]
    if isinstance(part, exp.IndexColumnConstraint):
        kind = str(part.args.get("kind") or "index").lower()
        return [IndexDef(part.name, _columns(part.expressions), kind)]
    return []


def _created(node: exp.Expr) -> IndexDef:
    index = node.this
    params = index.args.get("params") or exp.IndexParameters()
    kind = "unique" if node.args.get("unique") else "index"
    scope = [params.args.get("using"), params.args.get("where")]
    return IndexDef(
        index.name,
        _columns(params.args.get("columns") or ()),
        kind,
        " ".join(one.sql().lower() for one in scope if one is not None),
    )


def _columns(parts) -> tuple[str, ...]:
    return tuple(_column(part) for part in parts)


def _column(part: exp.Expr) -> str:
    if isinstance(part, exp.Ordered):
        return _column(part.this)
    if isinstance(part, exp.Identifier | exp.Column):
        return part.name.lower()
    if isinstance(part, exp.ColumnPrefix):
        return f"{part.this.name}({part.expression.name})".lower()
    return part.sql().lower()
