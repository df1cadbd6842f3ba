"""The two forms of one's own account."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from portal.blueprints.forms import (
    EmailField,
    Follows,
    PasswordText,
    PhoneField,
    PortalForm,
    Required,
    StrippedString,
)
from portal.domain import members
from portal.domain.members import Contact


class ProfileForm(PortalForm):
    name = StrippedString(_l("姓名"), length=64, render_kw={"autocomplete": "name"})
    email = EmailField(_l("邮箱"), [Follows(members.normalise_email)])
    phone = PhoneField(_l("手机"), [Follows(members.normalise_phone)])
    wechat_id = StrippedString(_l("微信ID"), length=64, render_kw={"autocomplete": "off"})

    def contact(self) -> Contact:
        return Contact(self.name.data, self.email.data, self.phone.data, self.wechat_id.data)


class PasswordForm(PortalForm):
    current_password = PasswordText(_l("当前密码"), [Required()], length=1024)
    new_password = PasswordText(
        _l("新密码"), [Required()], length=1024, autocomplete="new-password"
    )
