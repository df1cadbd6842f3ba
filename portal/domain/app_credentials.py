"""What a platform's app is saved and tested with: its key, and a secret that is never shown."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from flask import current_app
from flask_babel import gettext as _

from portal.domain import records, settings
from portal.domain.errors import RuleError
from portal.domain.provider import AppCredentials, Check, CheckResult
from portal.domain.records import Action
from portal.kit.clock import utc_now
from portal.kit.crypto import UnreadableSecret
from portal.models import Member, ProviderSetting


@dataclass(frozen=True)
class AppWords:
    """What the platform calls an app's key and secret."""

    app_key: str = "AppKey"
    app_secret: str = "AppSecret"  # noqa: S105  a name, not a secret


DEFAULT_WORDS = AppWords()


def check(
    setting: ProviderSetting, needed: bool, app_key: str, secret: str | None, words: AppWords
) -> None:
    """Whether these values can be used together. Raises RuleError on app_key or app_secret.

    needed: an app without both is of no use.
    """
    key_title, secret_title = words.app_key, words.app_secret
    if any(ord(char) <= 32 or ord(char) == 127 for char in app_key):
        raise RuleError(_("%(key)s 中不能有空格。", key=key_title), "app_key")
    if needed and not app_key:
        raise RuleError(_("请填写 %(key)s。", key=key_title), "app_key")
    if secret:
        if any(ord(char) < 32 for char in secret):
            raise RuleError(
                _("%(secret)s 中有不能识别的字符，请重新复制。", secret=secret_title), "app_secret"
            )
        return
    if setting.app_secret_encrypted and app_key != setting.app_key:
        raise RuleError(
            _(
                "%(key)s 已更改，请重新填写与它对应的 %(secret)s。",
                key=key_title,
                secret=secret_title,
            ),
            "app_secret",
        )
    if not needed:
        return
    if not setting.app_secret_encrypted:
        raise RuleError(_("请填写 %(secret)s。", secret=secret_title), "app_secret")
    try:
        settings.secret_of(setting)
    except UnreadableSecret:
        raise RuleError(
            _(
                "已保存的 %(secret)s 无法用当前密钥解密，没有做任何更改。请重新填写 %(secret)s。",
                secret=secret_title,
            ),
            "app_secret",
        ) from None


def keep(setting: ProviderSetting, app_key: str, secret: str | None, actor: Member) -> bool:
    """Put the values into the row, once they are checked. Answers whether it is another app.

    secret: empty keeps the stored one.
    """
    app_changed = app_key != setting.app_key
    setting.app_key = app_key
    if secret:
        setting.app_secret_encrypted = current_app.extensions["secret_box"].encrypt(secret)
        setting.secret_set_at, setting.secret_set_by = utc_now(), actor
    if secret or app_changed:
        setting.checks, setting.checked_at = [], None  # they judged the values of before
    return app_changed


def credentials(
    provider: str, app_key: str, secret: str, words: AppWords = DEFAULT_WORDS
) -> AppCredentials:
    """What the test button uses: the typed values, with the stored secret for an empty one.

    Raises RuleError on app_key or app_secret.
    """
    setting = settings.provider_setting(provider)
    check(setting, True, app_key, secret, words)
    return AppCredentials(app_key, secret or settings.secret_of(setting))


def store_checks(provider: str, used: AppCredentials, checks: list[Check], actor: Member) -> None:
    """Record a press of the test button; keep its lines if it judged the stored values."""
    setting = settings.provider_setting(provider)
    if _is_stored(setting, used):
        setting.checks = [asdict(check) for check in checks]
        setting.checked_at = utc_now()
    failed = [check.name for check in checks if check.result == CheckResult.FAIL]
    records.add(
        Action.PROVIDER_TESTED,
        f"provider:{provider}",
        actor,
        {"provider": provider, "app_key": used.app_key, "failed": failed},
    )


def _is_stored(setting: ProviderSetting, used: AppCredentials) -> bool:
    if setting.app_key != used.app_key:
        return False
    try:
        return settings.secret_of(setting) == used.app_secret
    except UnreadableSecret:
        return False
