"""Saving a provider's app and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _

from portal.domain import (
    app_changes,
    app_credentials,
    app_health,
    card_switches,
    matching,
    records,
    settings,
    templates,
)
from portal.domain.app_credentials import DEFAULT_WORDS, AppWords
from portal.domain.errors import RuleError
from portal.domain.provider import Check, CheckResult
from portal.domain.records import Action
from portal.extensions import db
from portal.kit.hosts import HostKind, kind_of
from portal.models import Member


@dataclass(frozen=True)
class Saved:
    """What a save did besides: cards opened for waiting steps, cards of the old app given up, such
    as were to be ended there, and cards of an app that is back which are followed again.
    """

    opened: int = 0
    broken: int = 0
    unended: int = 0
    followed: int = 0


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
    cards are broken with a line; one that was here before ends what it was to end, and follows
    its cards again. Switched on, its template is prepared, its people are matched, and cards open
    for the steps that wait.
    Raises RuleError on app_key or app_secret; nothing is changed then.
    """
    setting = settings.provider_setting(provider)
    was_enabled, old_app_key = setting.is_enabled, setting.app_key
    if not enabled and not app_key:
        app_key = old_app_key  # switching off needs no values, and loses none
    app_credentials.check(setting, enabled, app_key, secret, words)
    if app_key != old_app_key:
        app_changes.lock(provider, old_app_key, app_key)
    app_changed = app_credentials.keep(setting, app_key, secret, actor)
    if app_changed:
        setting.template_code = setting.template_app_key = ""
    setting.is_enabled, setting.originator = enabled, originator
    db.session.add(setting)
    db.session.flush()
    app_health.clear(provider, app_key)
    broken = unended = followed = 0
    if app_changed:
        broken, unended = app_changes.left(provider, old_app_key)
        followed = app_changes.returned(provider, app_key)
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
    return Saved(opened, broken, unended, followed)


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
