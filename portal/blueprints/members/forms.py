"""The form that admins fill in about a member."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import ValidationError

from portal.blueprints.forms import (
    Choice,
    EmailField,
    Follows,
    PasswordText,
    PhoneField,
    PortalForm,
    Required,
    StrippedString,
    Switch,
    Unchanged,
)
from portal.domain import members
from portal.domain.errors import RuleError
from portal.domain.members import Contact
from portal.models import Role


class MemberForm(PortalForm):
    """What can be changed. The user name cannot: records and tickets name people by it."""

    username = StrippedString(
        _l("用户名"),
        [Unchanged()],
        length=64,
        render_kw={"readonly": True, "autocomplete": "off"},
    )
    name = StrippedString(_l("姓名"), length=64, render_kw={"autocomplete": "off"})
    password = PasswordText(_l("密码"), length=1024, autocomplete="new-password")
    email = EmailField(
        _l("邮箱"), [Follows(members.normalise_email)], render_kw={"autocomplete": "off"}
    )
    phone = PhoneField(
        _l("手机"), [Follows(members.normalise_phone)], render_kw={"autocomplete": "off"}
    )
    wechat_id = StrippedString(_l("微信ID"), length=64, render_kw={"autocomplete": "off"})
    role = Choice(_l("角色"))
    is_enabled = Switch(_l("启用"), default=True)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.role.choices = [
            (Role.MEMBER.value, _("普通成员")),
            (Role.ADMIN.value, _("管理员")),
        ]

    def contact(self) -> Contact:
        return Contact(self.name.data, self.email.data, self.phone.data, self.wechat_id.data)


class NewMemberForm(MemberForm):
    username = StrippedString(
        _l("用户名"),
        [Required(), Follows(members.check_username)],
        length=64,
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordText(_l("密码"), [Required()], length=1024, autocomplete="new-password")

    def validate_password(self, field):
        """Beside the other fields' sentences, not only after they are right."""
        try:
            members.check_password(field.data, self.username.data)
        except RuleError as error:
            raise ValidationError(error.message) from None
