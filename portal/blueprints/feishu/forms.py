"""The form on Feishu's card."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.blueprints.app_form import AppForm, key_field, secret_field
from portal.blueprints.forms import Choice, StrippedString, Switch
from portal.domain import members
from portal.domain.errors import RuleError
from portal.domain.provider import Contact
from portal.kit import phones

EMAIL, PHONE = "email", "phone"


class FeishuForm(AppForm):
    """App ID and App Secret; the test looks for a phone or an e-mail."""

    id_prefix = "feishu-"
    key_name = "app_id"

    enabled = Switch(_l("启用飞书审批"))
    app_id = key_field("App ID")
    app_secret = secret_field("App Secret")
    account_type = Choice(
        _l("测试账号类型"), choices=[(PHONE, _l("手机号")), (EMAIL, _l("邮箱"))], default=PHONE
    )
    account = StrippedString(
        _l("测试账号"), length=254, render_kw={"autocomplete": "off", "spellcheck": "false"}
    )

    def contact(self) -> Contact | None:
        if not self.account.data:
            return Contact()
        try:
            if self.account_type.data == EMAIL:
                return Contact(email=members.normalise_email(self.account.data))
            return Contact(phone=phones.parse(self.account.data))
        except RuleError as error:
            self.account.errors = [error.message]
        except ValueError:
            self.account.errors = [_("这不是有效的手机号，例如 13800000000。")]
        return None
