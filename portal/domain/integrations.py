"""Saving a provider's app and what follows from it; the credentials that the test button uses."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from flask import current_app
from flask_babel import gettext as _

from portal.domain import app_health, card_switches, matching, records, settings, templates
from portal.domain.errors import RuleError
from portal.domain.provider import AppCredentials, Check, CheckResult
from portal.domain.records import Action
from portal.extensions import db
from portal.kit.clock import utc_now
from portal.kit.crypto import UnreadableSecret
from portal.kit.hosts import HostKind, kind_of
from portal.models import Member, ProviderSetting


@dataclass(frozen=True)
class Saved:
    """What a save did besides: cards opened for waiting steps, cards of the old app given up."""

    opened: int = 0
    broken: int = 0


@dataclass(frozen=True)
class AppWords:
    """What the platform calls an app's key and secret."""

    app_key: str = "AppKey"
    app_secret: str = "AppSecret"  # noqa: S105  a name, not a secret


DEFAULT_WORDS = AppWords()


def originator_named(username: str) -> Member | None:
    """The stand-in originator; None for an empty name. Raises RuleError on originator."""
    if not username:
        return None
    member = db.session.scalar(db.select(Member).filter_by(username=username))
    if member is None or not member.is_enabled:
        raise RuleError(_("没有用户名为“%(name)s”的启用成员。", name=username), "originator")
    return member


def save_provider(  # noqa: PLR0917  one argument a field of the form
    provider: str,
    enabled: bool,
    app_key: str,
    secret: str | None,
    originator: Member | None,
    actor: Member,
    words: AppWords = DEFAULT_WORDS,
) -> Saved:
    """Keep the provider's app. secret: empty keeps the stored one while app_key is unchanged.

    Another app_key means another app: its template is not carried over, the old app's open
    cards are broken with a line. Switched on, its template is prepared, its people are matched,
    and cards open for the steps that wait.
    Raises RuleError on app_key or app_secret; nothing is changed then.
    """
    setting = settings.provider_setting(provider)
    was_enabled, old_app_key = setting.is_enabled, setting.app_key
    if not enabled and not app_key:
        app_key = old_app_key  # switching off needs no values, and loses none
    _check(setting, enabled, app_key, secret, words)
    app_changed = app_key != old_app_key
    if app_changed:
        setting.app_key = app_key
        setting.template_code = setting.template_app_key = ""
    if secret:
        setting.app_secret_encrypted = current_app.extensions["secret_box"].encrypt(secret)
        setting.secret_set_at, setting.secret_set_by = utc_now(), actor
    if secret or app_changed:
        setting.checks, setting.checked_at = [], None  # they judged the values of before
    setting.is_enabled, setting.originator = enabled, originator
    db.session.add(setting)
    db.session.flush()
    app_health.clear(provider, app_key)
    broken = card_switches.app_changed(provider, old_app_key) if app_changed else 0
    opened = card_switches.provider_enabled(provider) if enabled and not was_enabled else 0
    if enabled:
        templates.prepare(setting)
        if app_changed or not was_enabled:
            matching.ask(None, provider)
    records.add(
        Action.PROVIDER_SAVED,
        f"provider:{provider}",
        actor,
        {
            "provider": provider,
            "enabled": enabled,
            "app_key": app_key,
            "secret_changed": bool(secret),
            "originator": originator.username if originator else "",
        },
    )
    return Saved(opened=opened, broken=broken)


def credentials(
    provider: str, app_key: str, secret: str, words: AppWords = DEFAULT_WORDS
) -> AppCredentials:
    """What the test button uses: the typed values, with the stored secret for an empty one.

    Raises RuleError on app_key or app_secret.
    """
    setting = settings.provider_setting(provider)
    _check(setting, True, app_key, secret, words)
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


def address_check() -> Check:
    """The line about the URL prefix, without which no card carries a link."""
    prefix = settings.url_prefix()
    title = _("全局 URL 地址前缀")
    if not prefix:
        return Check(
            name="url_prefix",
            result=CheckResult.FAIL,
            title=title,
            detail=_("没有设置，审批卡片里不会有打开工单的链接。"),
            cure=_("请在「系统设置 - 全局配置」中填写审批人能访问到的地址。"),
        )
    host = prefix.split("://", 1)[-1].split("/", 1)[0]
    host = host if host.endswith("]") else host.rsplit(":", 1)[0]
    if kind_of(host) is HostKind.LOOPBACK:
        detail = _("%(url)s 只能在本机打开，仅适合演示。", url=prefix)
    else:
        detail = _("审批卡片里的链接以 %(url)s 开头。", url=prefix)
    return Check(name="url_prefix", result=CheckResult.OK, title=title, detail=detail)


def _check(
    setting: ProviderSetting, needed: bool, app_key: str, secret: str | None, words: AppWords
) -> None:
    """Whether these values can be used together. needed: an app without both is of no use."""
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


def _is_stored(setting: ProviderSetting, used: AppCredentials) -> bool:
    if setting.app_key != used.app_key:
        return False
    try:
        return settings.secret_of(setting) == used.app_secret
    except UnreadableSecret:
        return False
