"""Rules about statements that change or delete rows."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import lazy_gettext as _l
from sqlglot import exp

from portal.sqlaudit.literals import is_always_true
from portal.sqlaudit.names import label
from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.families import changing
from portal.sqlaudit.rules.registry import Context
from portal.sqlaudit.scopes import bare, source_of

# By far the most usual key, where the text does not tell.
_USUAL_KEY = ("id",)


@changing(
    Level.ERROR,
    exp.Update,
    exp.Delete,
    title=_l("UPDATE 或 DELETE 没有 WHERE 条件，会影响整张表"),
    english="UPDATE or DELETE without WHERE changes the whole table",
    reason=_l("整张表的行都会被修改或删除。请加上 WHERE；确实要改全表时，写出明确的范围并分批。"),
    bad="UPDATE t SET state = 1",
    good="UPDATE t SET state = 1 WHERE id = 1",
)
def change_without_where(change: exp.Expr, _context: Context) -> str | None:
    """MERGE's WHEN … THEN UPDATE has its condition in WHEN."""
    if change.args.get("where") is not None or isinstance(change.parent, exp.When):
        return None
    return label(change.this)


@changing(
    Level.ERROR,
    exp.Update,
    exp.Delete,
    title=_l("UPDATE 或 DELETE 的条件永远成立，会影响整张表"),
    english="UPDATE or DELETE with a condition that is always true changes the whole table",
    reason=_l("1 = 1、a = a 之类的条件不限制任何行，等于没有 WHERE。请写出真正的条件。"),
    bad="DELETE FROM t WHERE 1 = 1",
    good="DELETE FROM t WHERE state = 1",
)
def change_always_true(change: exp.Expr, _context: Context) -> str | None:
    where = change.args.get("where")
    return label(change.this) if where is not None and is_always_true(where.this) else None


@changing(
    Level.WARN,
    exp.Update,
    exp.Delete,
    title=_l("UPDATE 或 DELETE 用了 LIMIT 却没有 ORDER BY，改到哪些行不确定"),
    english="UPDATE or DELETE with LIMIT but no ORDER BY: which rows are changed is chance",
    reason=_l("主库与从库可能改到不同的行，重跑结果也不同。请加 ORDER BY 主键，或用条件限定范围。"),
    bad="DELETE FROM t WHERE state = 1 LIMIT 10",
    good="DELETE FROM t WHERE state = 1 ORDER BY id LIMIT 10",
    dialects=frozenset({"mysql", "sqlite"}),
)
def limit_without_order(change: exp.Expr, context: Context) -> str | None:
    """A LIMIT beside a condition on the key is a mere seat belt."""
    if change.args.get("limit") is None or change.args.get("order") is not None:
        return None
    return None if _is_by_key(change, context) else label(change.this)


@changing(
    Level.WARN,
    exp.Update,
    title=_l("修改了主键的值"),
    english="The value of a primary key is changed",
    reason=_l(
        "引用该主键的数据会失去关联，在 MySQL 中整行还要搬动。"
        "请新增一行，或改用别的唯一字段。"
    ),
    bad="UPDATE t SET id = 2 WHERE id = 1",
    good="UPDATE t SET name = 'a' WHERE id = 1",
)
def update_primary_key(update: exp.Update, context: Context) -> str | None:
    for column in _assigned(update):
        table = source_of(column)
        keys = context.catalog.table(table).primary or _USUAL_KEY
        if column.name.lower() in keys:
            return label(column)
    return None


def _assigned(update: exp.Update) -> Iterator[exp.Column]:
    """The columns that get another value than their own."""
    for one in update.expressions:
        if not isinstance(one, exp.EQ) or one.this == one.expression:
            continue
        targets = one.this.expressions if isinstance(one.this, exp.Tuple) else [one.this]
        yield from (target for target in targets if isinstance(target, exp.Column))


def _is_by_key(change: exp.Expr, context: Context) -> bool:
    where = change.args.get("where")
    if where is None:
        return False
    keys = set(context.catalog.table(change.this).primary or _USUAL_KEY)
    condition = bare(where.this)
    tests = condition.flatten() if isinstance(condition, exp.And) else [condition]
    fixed = {
        bare(test.this).name.lower()
        for test in map(bare, tests)
        if isinstance(test, exp.EQ) and isinstance(bare(test.this), exp.Column)
    }
    return keys <= fixed
