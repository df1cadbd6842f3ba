"""Rules about statements that define or remove objects."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlglot import exp

from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.registry import rule


@rule(Level.WARN)
def drop_object(tree: exp.Expr) -> str | None:
    """DROP TABLE and the like."""
    if isinstance(tree, exp.Drop):
        return _("DROP 会删除对象及其数据，且无法回滚，请确认已备份")
    return None


@rule(Level.WARN)
def truncate_table(tree: exp.Expr) -> str | None:
    """TRUNCATE."""
    if isinstance(tree, exp.TruncateTable):
        return _("TRUNCATE 会清空整张表，请确认已备份")
    return None
