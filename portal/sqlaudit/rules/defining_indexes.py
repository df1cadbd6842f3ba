"""Rules about indexes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlglot import exp

from portal.sqlaudit.definitions import IndexDef, indexes_of, is_kind, table_of
from portal.sqlaudit.names import column_label, cut, label
from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import index
from portal.sqlaudit.rules.registry import POSTGRESQL, Context

_MOST_INDEXES = 5
_MOST_COLUMNS = 5


@index(
    Level.NOTICE,
    exp.Create,
    exp.Alter,
    title=_l("表的索引过多（超过 5 个）"),
    english="The table has too many indexes (over 5)",
    reason=_l("每次写入都要维护全部索引，优化器也更容易选错。请合并或去掉用不到的索引。"),
    bad=(
        "CREATE INDEX a ON t (a); CREATE INDEX b ON t (b); CREATE INDEX c ON t (c);"
        "CREATE INDEX d ON t (d); CREATE INDEX e ON t (e); CREATE INDEX f ON t (f)"
    ),
    good="CREATE INDEX a ON t (a); CREATE INDEX b ON t (b)",
)
def too_many_indexes(node: exp.Expr, context: Context) -> str | None:
    """Only what this text creates is counted, the primary key aside."""
    if not indexes_of(node):
        return None
    table = table_of(node)
    known = [one for one in context.catalog.table(table).indexes if one.kind != "primary"]
    return f"{label(table)} ({len(known)})" if len(known) > _MOST_INDEXES else None


@index(
    Level.NOTICE,
    exp.Create,
    exp.Alter,
    title=_l("一个索引的字段过多（超过 5 个）"),
    english="An index has too many columns (over 5)",
    reason=_l("靠后的字段很少用得上，却增加索引的体积和写入代价。请只保留区分度高的字段。"),
    bad="CREATE INDEX i ON t (a, b, c, d, e, f)",
    good="CREATE INDEX i ON t (a, b)",
)
def wide_index(node: exp.Expr, _context: Context) -> str | None:
    wide = [one for one in indexes_of(node) if len(one.columns) > _MOST_COLUMNS]
    return _name(wide[0], node) if wide else None


@index(
    Level.WARN,
    exp.Create,
    exp.Alter,
    title=_l("索引重复：它的字段是另一个索引的开头"),
    english="The index is redundant: another one begins with its columns",
    reason=_l("另一个索引已能满足同样的查询，多出的索引只增加写入代价。请去掉较短的那个。"),
    bad="CREATE INDEX a ON t (user_id); CREATE INDEX b ON t (user_id, state)",
    good="CREATE INDEX b ON t (user_id, state)",
)
def redundant_index(node: exp.Expr, context: Context) -> str | None:
    mine = indexes_of(node)
    if not mine:
        return None
    known = context.catalog.table(table_of(node)).indexes
    for one in mine:
        if any(_is_covered(one, other) for other in known if other != one):
            return _name(one, node)
    repeated = [one for one in mine if known.count(one) > 1]
    return _name(repeated[0], node) if repeated else None


@index(
    Level.NOTICE,
    exp.Create,
    title=_l("建索引没有用 CONCURRENTLY，期间表不能写入"),
    english="CREATE INDEX without CONCURRENTLY blocks writing meanwhile",
    reason=_l("大表建索引可能要几分钟，期间写入全部等待。请用 CREATE INDEX CONCURRENTLY。"),
    bad="CREATE INDEX i ON t (a)",
    good="CREATE INDEX CONCURRENTLY i ON t (a)",
    dialects=POSTGRESQL,
)
def index_blocks_writes(create: exp.Create, context: Context) -> str | None:
    """A table that this text creates is empty: nobody waits."""
    if not is_kind(create, "INDEX") or create.args.get("concurrently"):
        return None
    table = table_of(create)
    return None if context.catalog.table(table).is_created else label(table)


def _is_covered(one: IndexDef, other: IndexDef) -> bool:
    """Whether the other makes this one needless. A unique one also is a rule about the data."""
    trees = {"index", "unique", "primary"}
    if {one.kind, other.kind} - trees or one.kind == "primary" or one.scope != other.scope:
        return False
    if one.kind == "unique":
        return other.kind != "index" and one.columns == other.columns
    return other.columns[: len(one.columns)] == one.columns


def _name(one: IndexDef, node: exp.Expr) -> str:
    return cut(one.name) or column_label(table_of(node), ", ".join(one.columns))
