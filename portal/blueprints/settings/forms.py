"""The form of the global values."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.blueprints.forms import PortalForm, Required, StrippedString
from portal.domain import settings


class GlobalForm(PortalForm):
    """Plain texts: the rules, and their sentences, stand in domain/settings."""

    url_prefix = StrippedString(
        _l("URL 地址前缀"), length=settings.LONGEST_URL_PREFIX, render_kw={"inputmode": "url"}
    )
    record_hours = StrippedString(
        _l("操作记录过期时间（小时）"), [Required()], length=10, render_kw={"inputmode": "numeric"}
    )

    def hours(self) -> int:
        """The posted hours; 0, which the rule refuses, for anything but plain digits."""
        text = self.record_hours.data
        return int(text) if text.isascii() and text.isdigit() else 0
