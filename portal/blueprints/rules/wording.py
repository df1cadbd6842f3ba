"""How levels and databases are called on the page of the audit rules."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.domain.rules import OFF
from portal.models import DbType

DATABASES = {
    DbType.MYSQL.value: "MySQL",
    DbType.POSTGRESQL.value: "PostgreSQL",
    DbType.SQLITE.value: "SQLite",
}


def levels() -> dict[str, str]:
    """What a rule can be in a project."""
    return {"notice": _("提示"), "warn": _("告警"), "error": _("错误"), OFF: _("关闭")}


def databases(dialects: frozenset[str]) -> str:
    """For which databases a rule is meant."""
    if dialects >= DATABASES.keys():
        return _("所有数据库")
    return "、".join(title for name, title in DATABASES.items() if name in dialects)
