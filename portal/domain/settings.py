"""What admins set: the portal's own values, and each provider's row (see also integrations)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _

from portal.domain import records
from portal.domain.errors import RuleError
from portal.domain.records import Action
from portal.extensions import db
from portal.kit.hosts import HostKind, kind_of
from portal.models import Member, PortalSetting, ProblemSql, ProviderSetting, Ticket

DEFAULT_RECORD_HOURS = 2160
MOST_RECORD_HOURS = 87600
LONGEST_URL_PREFIX = 500


def provider_setting(provider: str) -> ProviderSetting:
    """The provider's row; where there is none, a blank one that whoever saves it adds."""
    query = db.select(ProviderSetting).filter_by(provider=provider)
    setting = db.session.scalars(query).one_or_none()
    if setting is None:
        setting = ProviderSetting(
            provider=provider,
            is_tracker=False,
            is_enabled=False,
            app_key="",
            app_secret_encrypted="",
            template_code="",
            template_app_key="",
            checks=[],
        )
    return setting


def secret_of(setting: ProviderSetting) -> str:
    """The app's secret; empty when none was ever set.

    Raises portal.kit.crypto.UnreadableSecret when the keys at hand do not fit.
    """
    if not setting.app_secret_encrypted:
        return ""
    return current_app.extensions["secret_box"].decrypt(setting.app_secret_encrypted)


def template_code(setting: ProviderSetting) -> str | None:
    """The approval template's code, if it was made by the app that is set now."""
    if setting.template_code and setting.template_app_key == setting.app_key:
        return setting.template_code
    return None


def url_prefix() -> str:
    """Where people reach this portal, without a trailing slash; empty when not set."""
    return _value("url_prefix")


def record_hours() -> int:
    """How long an operation record is kept, in hours."""
    return int(_value("record_hours") or DEFAULT_RECORD_HOURS)


def ticket_url(ticket: Ticket) -> str | None:
    """The ticket's address for people outside; None without a URL prefix."""
    prefix = url_prefix()
    return f"{prefix}/projects/{ticket.project.name}/tickets/{ticket.number}" if prefix else None


def problem_url(problem: ProblemSql) -> str | None:
    """The problem's page for people outside; None without a URL prefix."""
    prefix = url_prefix()
    return f"{prefix}/projects/{problem.project.name}/problems/{problem.id}" if prefix else None


def save_global(prefix: str, hours: int, actor: Member) -> None:
    """Keep both values. Raises RuleError on url_prefix or record_hours."""
    prefix = checked_url_prefix(prefix)
    if not 1 <= hours <= MOST_RECORD_HOURS:
        raise RuleError(
            _("请填写 1 到 %(most)s 之间的整数小时。", most=MOST_RECORD_HOURS), "record_hours"
        )
    before = {"url_prefix": url_prefix(), "record_hours": record_hours()}
    after = {"url_prefix": prefix, "record_hours": hours}
    for key, value in after.items():
        _keep(key, str(value))
    changed = {key: value for key, value in after.items() if before[key] != value}
    records.add(Action.GLOBAL_SAVED, "settings:global", actor, changed)


def checked_url_prefix(text: str) -> str:
    """The prefix as it is kept. Raises RuleError on url_prefix.

    It is put into links that people open on their phones and is never fetched, so only what
    cannot work there, or is no web address at all, is refused.
    """
    prefix = text.strip().rstrip("/")
    if not prefix:
        return ""
    if len(prefix) > LONGEST_URL_PREFIX:
        raise RuleError(
            _("地址太长，最多 %(most)s 个字符。", most=LONGEST_URL_PREFIX), "url_prefix"
        )
    host = _host_of(prefix)
    kind = kind_of(host)
    if kind is HostKind.INVALID:
        raise RuleError(
            _("主机名“%(host)s”不正确，请填写域名或 IP 地址。", host=host), "url_prefix"
        )
    loops = kind is HostKind.LOOPBACK and not current_app.config["ALLOW_LOOPBACK"]
    if loops or kind is HostKind.FORBIDDEN:
        raise RuleError(
            _("手机上打不开 %(host)s：请填写审批人能访问到的域名或 IP 地址。", host=host),
            "url_prefix",
        )
    return prefix


def _host_of(prefix: str) -> str:
    """The host of a clean http or https address. Raises RuleError on url_prefix."""
    if any(ord(char) <= 32 or ord(char) >= 127 or char in "\\<>\"'`{}|^" for char in prefix):
        raise RuleError(_("地址里不能有空格、引号、反斜杠或中文等特殊字符。"), "url_prefix")
    try:
        parts = urlsplit(prefix)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise RuleError(_("这不是正确的地址，请检查主机名和端口。"), "url_prefix") from None
    if parts.scheme not in {"http", "https"} or not parts.netloc or port == 0:
        raise RuleError(
            _("请填写以 http:// 或 https:// 开头的完整地址，例如 https://portal.example.com。"),
            "url_prefix",
        )
    if "@" in parts.netloc:
        raise RuleError(_("地址里不能包含用户名或密码。"), "url_prefix")
    if "?" in prefix or "#" in prefix:
        raise RuleError(_("地址里不能包含 ? 或 # 及其后面的内容。"), "url_prefix")
    return host


def _value(key: str) -> str:
    row = db.session.get(PortalSetting, key)
    return row.value if row else ""


def _keep(key: str, value: str) -> None:
    row = db.session.get(PortalSetting, key)
    if row is None:
        db.session.add(PortalSetting(key=key, value=value))
    else:
        row.value = value
