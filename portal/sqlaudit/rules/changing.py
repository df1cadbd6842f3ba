"""Rules about statements that change rows."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlglot import exp

from portal.sqlaudit.result import Level
from portal.sqlaudit.rules.registry import rule


@rule(Level.ERROR)
def change_without_where(tree: exp.Expr) -> str | None:
    """An UPDATE or DELETE of every row. MERGE's WHEN … THEN UPDATE has its condition in WHEN."""
    for change in tree.find_all(exp.Update, exp.Delete):
        if change.args.get("where") is None and not isinstance(change.parent, exp.When):
            verb = "UPDATE" if isinstance(change, exp.Update) else "DELETE"
            return _("%(verb)s 没有 WHERE 条件，会影响整张表", verb=verb)
    return None
