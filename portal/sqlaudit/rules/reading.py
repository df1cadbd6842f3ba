"""Rules about queries."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlglot import exp

from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.registry import rule


@rule(Level.NOTICE)
def select_star(tree: exp.Expr) -> str | None:
    """SELECT *, but for EXISTS (SELECT * …), where the columns do not matter."""
    for select in tree.find_all(exp.Select):
        if isinstance(select.parent, exp.Exists):
            continue
        if any(column.is_star and not isinstance(column, exp.Func) for column in select.selects):
            return _("不建议使用 SELECT *，请列出需要的列")
    return None
