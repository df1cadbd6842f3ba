"""What every approval provider's card asks for: the switch, the app, the stand-in originator."""

from __future__ import annotations

from typing import ClassVar, Self

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.blueprints.forms import Choice, PortalForm, SecretField, StrippedString, Switch
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.models import Member, ProviderSetting


def key_field(title: str) -> StrippedString:
    """The field of the app's key, under the name that the platform gives it."""
    return StrippedString(
        title, length=128, render_kw={"autocomplete": "off", "spellcheck": "false"}
    )


def secret_field(title: str) -> SecretField:
    """The field of the app's secret."""
    return SecretField(title, length=255)


class AppForm(PortalForm):
    """What is required when is a rule of domain/integrations, the same for save and for test.

    A platform adds app_secret, the field of its app's key, whose name stands in key_name, and
    contact(): whom its test looks for, empty for nobody; None, with an error beside the field,
    for what is no phone or e-mail.
    """

    key_name: ClassVar[str] = "app_key"

    enabled = Switch()
    originator = Choice(_l("替补发起人"))

    @classmethod
    def of(cls, setting: ProviderSetting, is_posted: bool = False) -> Self:
        """Filled from the saved values; is_posted: from what this request sends.

        The cards of one page share field names: only the one that was sent may read the request.
        """
        form = cls(
            request.form if is_posted else None,
            data={
                "enabled": setting.is_enabled,
                cls.key_name: setting.app_key,
                "originator": setting.originator.username if setting.originator else "",
            },
        )
        form.key.flags.required = True
        form.app_secret.flags.required = not setting.app_secret_encrypted
        form.originator.choices = _originators(setting.originator)
        return form

    @property
    def key(self) -> StrippedString:
        """The field of the app's key."""
        return self._fields[self.key_name]

    def add_error(self, error: RuleError) -> None:
        """A rule about the app's key stands beside that field, whatever its name."""
        if error.field == "app_key":
            error = RuleError(error.message, self.key_name)
        super().add_error(error)


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
