"""What admins set: the portal's own values, and each provider's row (see also integrations)."""

from __future__ import annotations

from flask import current_app
from flask_babel import gettext as _

from portal.domain import records
from portal.domain.errors import RuleError
from portal.domain.records import Action
from portal.extensions import db
from portal.kit.hosts import HostKind, kind_of
from portal.kit.typed_urls import UrlRefused, taken_apart
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
    try:
        host = taken_apart(prefix, LONGEST_URL_PREFIX, "https://portal.example.com").hostname
    except UrlRefused as error:
        raise RuleError(str(error), "url_prefix") from None
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


def _value(key: str) -> str:
    row = db.session.get(PortalSetting, key)
    return row.value if row else ""


def _keep(key: str, value: str) -> None:
    row = db.session.get(PortalSetting, key)
    if row is None:
        db.session.add(PortalSetting(key=key, value=value))
    else:
        row.value = value
