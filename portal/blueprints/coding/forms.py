"""The form on CODING's card."""

from __future__ import annotations

from typing import Self

from flask import request
from flask_babel import lazy_gettext as _l

from portal.blueprints.forms import PortalForm, SecretField, StrippedString, Switch
from portal.domain import issue_orders
from portal.domain.errors import RuleError
from portal.kit.outside import LONGEST_URL
from portal.models import ProviderSetting

_PLAIN = {"autocomplete": "off", "spellcheck": "false"}


class CodingForm(PortalForm):
    """Address and token; the test looks at a project.

    What is required when is a rule of domain/tracker_settings, the same for save and for test.
    """

    id_prefix = "coding-"

    enabled = Switch(_l("启用Coding对接"))
    service_url = StrippedString(
        _l("服务地址"), length=LONGEST_URL, render_kw=_PLAIN | {"inputmode": "url"}
    )
    token = SecretField(_l("访问令牌"), length=255)
    project_name = StrippedString(_l("项目名称"), length=255, render_kw=_PLAIN)

    @classmethod
    def of(cls, setting: ProviderSetting, is_posted: bool = False) -> Self:
        """Filled from the saved values; is_posted: from what this request sends."""
        form = cls(
            request.form if is_posted else None,
            data={"enabled": setting.is_enabled, "service_url": setting.app_key},
        )
        form.service_url.flags.required = True
        form.token.flags.required = not setting.app_secret_encrypted
        return form

    def project(self) -> str:
        """The project's identifier, also of a pasted address; may be empty. Raises RuleError."""
        name = issue_orders.project_name(self.project_name.data)
        try:
            issue_orders.check_project_name(name)
        except RuleError as error:
            raise RuleError(error.message, "project_name") from None
        return name
