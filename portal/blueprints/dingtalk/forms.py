"""The form on DingTalk's card."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.blueprints.app_form import AppForm, key_field, secret_field
from portal.blueprints.forms import PhoneField, Switch
from portal.domain.provider import Contact
from portal.kit import phones


class DingTalkForm(AppForm):
    """AppKey and AppSecret; the test looks for a phone."""

    id_prefix = "dingtalk-"

    enabled = Switch(_l("启用钉钉审批"))
    app_key = key_field("AppKey")
    app_secret = secret_field("AppSecret")
    phone = PhoneField(_l("测试手机号"))

    def contact(self) -> Contact | None:
        if not self.phone.data:
            return Contact()
        try:
            return Contact(phone=phones.parse(self.phone.data))
        except ValueError:
            self.phone.errors = [_("这不是有效的手机号，例如 13800000000。")]
            return None
