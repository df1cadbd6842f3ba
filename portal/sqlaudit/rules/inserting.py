"""Rules about statements that add rows."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlglot import exp

from portal.sqlaudit.names import label
from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import changing
from portal.sqlaudit.rules.registry import Context
from portal.sqlaudit.split import Piece

_MOST_ROWS = 1000


@changing(
    Level.NOTICE,
    exp.Insert,
    title=_l("INSERT 没有写列名"),
    english="INSERT without a list of columns",
    reason=_l("表加字段或调整顺序后，语句会失败或把值写错列。请在表名后写出列名。"),
    bad="INSERT INTO t VALUES (1, 'a')",
    good="INSERT INTO t (id, name) VALUES (1, 'a')",
)
def insert_without_columns(insert: exp.Insert, _context: Context) -> str | None:
    if not isinstance(insert.this, exp.Table) or insert.args.get("expression") is None:
        return None
    return label(insert.this)


@changing(
    Level.WARN,
    exp.Insert,
    title=_l("一条 INSERT 写入的行过多（超过 1000 行）"),
    english="One INSERT adds too many rows (over 1000)",
    reason=_l("大事务占锁久、主从延迟大，还可能超过单包上限。请分成多条，每条不超过 1000 行。"),
    bad=", ".join(["INSERT INTO t (id) VALUES (1)", *["(1)"] * _MOST_ROWS]),
    good="INSERT INTO t (id) VALUES (1), (2), (3)",
)
def insert_too_many_rows(insert: exp.Insert, _context: Context) -> str | None:
    values = insert.args.get("expression")
    if isinstance(values, exp.Values) and len(values.expressions) > _MOST_ROWS:
        return f"{label(insert.this)} ({len(values.expressions)})"
    return None


@changing(
    Level.NOTICE,
    Piece,
    title=_l("REPLACE 会先删除冲突的行再插入"),
    english="REPLACE deletes the conflicting row and inserts a new one",
    reason=_l(
        "没写到的列会丢失原值，自增主键会变，外键还会级联删除。"
        "请用 INSERT … ON DUPLICATE KEY/ON CONFLICT。"
    ),
    bad="REPLACE INTO t (id, name) VALUES (1, 'a')",
    good="INSERT INTO t (id, name) VALUES (1, 'a')",
    dialects=frozenset({"mysql", "sqlite"}),
)
def replace_rows(piece: Piece, _context: Context) -> str | None:
    return "" if piece.words[:1] == ["REPLACE"] else None
