"""The form on DingTalk's card."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.blueprints.forms import (
    Choice,
    PhoneField,
    PortalForm,
    SecretField,
    StrippedString,
    Switch,
)
from portal.domain.provider import Contact
from portal.extensions import db
from portal.kit import phones
from portal.models import Member, ProviderSetting


class DingTalkForm(PortalForm):
    """What is required when is a rule of domain/integrations, the same for save and for test."""

    id_prefix = "dingtalk-"

    enabled = Switch(_l("启用钉钉审批"))
    app_key = StrippedString(
        "AppKey", length=128, render_kw={"autocomplete": "off", "spellcheck": "false"}
    )
    app_secret = SecretField("AppSecret", length=255)
    originator = Choice(_l("替补发起人"))
    phone = PhoneField(_l("测试手机号"))

    @classmethod
    def of(cls, setting: ProviderSetting) -> DingTalkForm:
        """Filled from the saved values, or from what was posted."""
        form = cls(
            data={
                "enabled": setting.is_enabled,
                "app_key": setting.app_key,
                "originator": setting.originator.username if setting.originator else "",
            }
        )
        form.app_key.flags.required = True
        form.app_secret.flags.required = not setting.app_secret_encrypted
        form.originator.choices = _originators(setting.originator)
        return form

    def contact(self) -> Contact | None:
        """Whom the test looks for; None, with the error beside the field, for no phone number."""
        if not self.phone.data:
            return Contact()
        try:
            return Contact(phone=phones.parse(self.phone.data))
        except ValueError:
            self.phone.errors = [_("这不是有效的手机号，例如 13800000000。")]
            return None


def _originators(chosen: Member | None) -> list[tuple[str, str]]:
    members = list(
        db.session.scalars(db.select(Member).where(Member.is_enabled).order_by(Member.username))
    )
    choices = [("", _("不指定"))]
    choices += [(one.username, f"{one.shown_name}（{one.username}）") for one in members]
    if chosen is not None and chosen not in members:
        title = _("%(name)s（已禁用）", name=chosen.shown_name)
        choices.append((chosen.username, title))
    return choices
