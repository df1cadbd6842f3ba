"""Rules about how MySQL stores a table: engine, character set, start value."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlglot import exp

from portal.sqlaudit.literals import number
from portal.sqlaudit.names import cut
from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import column, table
from portal.sqlaudit.rules.registry import MYSQL, Context

_ENGINE = "innodb"
_CHARSET = "utf8mb4"


@table(
    Level.WARN,
    exp.EngineProperty,
    title=_l("存储引擎不是 InnoDB"),
    english="The storage engine is not InnoDB",
    reason=_l("MyISAM 等引擎不支持事务和行锁，崩溃后可能丢数据。请使用 ENGINE = InnoDB。"),
    bad="CREATE TABLE t (id bigint PRIMARY KEY) ENGINE = MyISAM",
    good="CREATE TABLE t (id bigint PRIMARY KEY) ENGINE = InnoDB",
    dialects=MYSQL,
)
def other_engine(engine: exp.EngineProperty, _context: Context) -> str | None:
    return None if engine.name.lower() == _ENGINE else cut(engine.name)


@table(
    Level.WARN,
    exp.CharacterSetProperty,
    exp.CollateProperty,
    title=_l("字符集不是 utf8mb4"),
    english="The character set is not utf8mb4",
    reason=_l("utf8 存不下表情和部分生僻字，字符集不同的表连接时索引会失效。请使用 utf8mb4。"),
    bad="CREATE TABLE t (id bigint PRIMARY KEY) DEFAULT CHARSET = utf8",
    good="CREATE TABLE t (id bigint PRIMARY KEY) DEFAULT CHARSET = utf8mb4",
    dialects=MYSQL,
)
def other_charset(charset: exp.Expr, _context: Context) -> str | None:
    """A collation begins with the name of its character set."""
    name = charset.name.lower()
    return None if name == _CHARSET or name.startswith(f"{_CHARSET}_") else cut(name)


@column(
    Level.NOTICE,
    exp.CharacterSetColumnConstraint,
    exp.CollateColumnConstraint,
    title=_l("为单个字段指定了字符集或排序规则"),
    english="A column has a character set or collation of its own",
    reason=_l("与表不一致的字段在连接、比较时会转换，索引失效。请使用表的默认字符集。"),
    bad="CREATE TABLE t (id bigint PRIMARY KEY, a varchar(9) CHARACTER SET latin1)",
    good="CREATE TABLE t (id bigint PRIMARY KEY, a varchar(9)) DEFAULT CHARSET = utf8mb4",
    dialects=MYSQL,
)
def column_charset(constraint: exp.Expr, _context: Context) -> str | None:
    definition = constraint.find_ancestor(exp.ColumnDef)
    return cut(definition.name) if definition is not None else ""


@table(
    Level.NOTICE,
    exp.AutoIncrementProperty,
    title=_l("指定了自增起始值"),
    english="A start value of the auto-increment is given",
    reason=_l("多半是从别的库导出时带来的，会浪费编号。新表请从默认值开始。"),
    bad="CREATE TABLE t (id bigint PRIMARY KEY AUTO_INCREMENT) AUTO_INCREMENT = 10086",
    good="CREATE TABLE t (id bigint PRIMARY KEY AUTO_INCREMENT)",
    dialects=MYSQL,
)
def auto_increment_start(start: exp.AutoIncrementProperty, _context: Context) -> str | None:
    value = number(start.this)
    return str(value) if value is not None and value > 1 else None
