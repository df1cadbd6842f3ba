"""How bad a finding is, in words that are the same on pages, in files and in issues."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.models import Level


def level_titles() -> dict[Level, str]:
    """Every level → its name; components/marks.html shows the same with icons."""
    return {
        Level.NORMAL: _("正常"),
        Level.NOTICE: _("提示"),
        Level.WARN: _("告警"),
        Level.ERROR: _("错误"),
    }
