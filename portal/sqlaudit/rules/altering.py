"""Rules about ALTER TABLE: what breaks running programs, locks or rewrites a table."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlglot import exp

from portal.sqlaudit.definitions import table_of
from portal.sqlaudit.names import column_label, label
from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import altering
from portal.sqlaudit.rules.registry import MYSQL, SERVERS, Context
from portal.sqlaudit.split import Piece


@altering(
    Level.WARN,
    exp.Drop,
    exp.Command,
    title=_l("删除字段会丢失其中的数据"),
    english="Dropping a column loses its data",
    reason=_l("数据无法找回，还在使用该字段的程序会报错。请确认程序已不再使用并已备份。"),
    bad="ALTER TABLE t DROP COLUMN name",
    good="ALTER TABLE t ADD COLUMN name varchar(20)",
)
def drop_column(drop: exp.Drop | exp.Command, _context: Context) -> str | None:
    """SQLite's DROP without the word COLUMN stays a command inside of the ALTER."""
    alter = drop.parent
    if not isinstance(alter, exp.Alter):
        return None
    if isinstance(drop, exp.Command):
        return label(alter.this) if str(drop.this).upper() == "DROP" else None
    columns = [one for one in drop.args.get("tables") or () if isinstance(one, exp.Column)]
    return column_label(alter.this, columns[0].name) if columns else None


@altering(
    Level.WARN,
    exp.DropPrimaryKey,
    title=_l("删除主键会重建整张表"),
    english="Dropping the primary key rebuilds the table",
    reason=_l("没有主键后复制和单行修改都会变慢。请在同一条 ALTER 中加上新的主键。"),
    bad="ALTER TABLE t DROP PRIMARY KEY",
    good="ALTER TABLE t ADD INDEX idx_name (name)",
    dialects=MYSQL,
)
def drop_primary_key(drop: exp.DropPrimaryKey, _context: Context) -> str | None:
    return label(drop.parent.this) if isinstance(drop.parent, exp.Alter) else ""


@altering(
    Level.WARN,
    exp.AlterRename,
    exp.RenameColumn,
    exp.ModifyColumn,
    Piece,
    title=_l("改名会使正在运行的程序报错"),
    english="Renaming breaks the programs that are running",
    reason=_l("旧名称立刻不可用。请新增字段或表，程序切换之后再删除旧的。"),
    bad="ALTER TABLE t RENAME COLUMN name TO title",
    good="ALTER TABLE t ADD COLUMN title varchar(20)",
)
def rename_object(node: exp.Expr | Piece, _context: Context) -> str | None:
    """CHANGE a a …, MySQL's way to change a column's type, keeps the name."""
    if isinstance(node, Piece):
        return "" if node.words[:2] == ["RENAME", "TABLE"] else None
    if isinstance(node, exp.AlterRename):
        return label(node.parent.this) if isinstance(node.parent, exp.Alter) else ""
    before = node.args.get("rename_from") if isinstance(node, exp.ModifyColumn) else node.this
    if before is None or before.name.lower() == _renamed(node):
        return None
    return label(before)


@altering(
    Level.WARN,
    exp.ModifyColumn,
    exp.AlterColumn,
    title=_l("修改字段类型可能重建整张表并锁表"),
    english="Changing a column's type may rebuild and lock the table",
    reason=_l("大表可能锁很久，放不下的旧值会被截断或报错。请在低峰期执行，或新增字段后迁移数据。"),
    bad="ALTER TABLE t ALTER COLUMN name TYPE varchar(200)",
    good="ALTER TABLE t ADD COLUMN title varchar(200)",
    dialects=SERVERS,
)
def change_column_type(change: exp.Expr, _context: Context) -> str | None:
    if isinstance(change, exp.AlterColumn) and change.args.get("dtype") is None:
        return None
    alter = change.find_ancestor(exp.Alter)
    return column_label(alter.this if alter is not None else None, change.this.name)


@altering(
    Level.NOTICE,
    exp.Alter,
    title=_l("同一张表有多条 ALTER，可以合并"),
    english="Several ALTERs of one table could be one",
    reason=_l("每条 ALTER 都可能重建或锁住整张表一次。请用逗号合并成一条。"),
    bad="ALTER TABLE t ADD COLUMN a int; ALTER TABLE t ADD COLUMN b int",
    good="ALTER TABLE t ADD COLUMN a int, ADD COLUMN b int",
    dialects=SERVERS,
)
def several_alters(alter: exp.Alter, context: Context) -> str | None:
    """Said of the second one and those that follow."""
    table = table_of(alter)
    altered = context.catalog.table(table).altered
    return label(table) if altered and altered[0] < context.position else None


def _renamed(node: exp.Expr) -> str:
    """The new name, in small letters."""
    given = node.this if isinstance(node, exp.ModifyColumn) else node.args.get("to")
    return given.name.lower() if given is not None else ""
