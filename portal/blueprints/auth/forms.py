"""The sign-in form."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from portal.blueprints.forms import PasswordText, PortalForm, Required, StrippedString


class LoginForm(PortalForm):
    username = StrippedString(
        _l("用户名"),
        [Required()],
        length=64,
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordText(_l("密码"), [Required()], length=1024)
    next = HiddenField()
