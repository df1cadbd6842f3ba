"""Saving the tracker's address and token, and what follows from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from portal.domain import app_credentials, app_health, issues, records, settings
from portal.domain.app_credentials import AppWords
from portal.domain.errors import RuleError
from portal.domain.provider import AppCredentials
from portal.domain.records import Action
from portal.extensions import db
from portal.kit.outside import Outside
from portal.kit.typed_urls import UrlRefused
from portal.models import Member

WORDS = AppWords(_l("服务地址"), _l("访问令牌"))
# The tracker's row keeps its address as the app's key, its token as the app's secret.
_FIELDS = {"app_key": "service_url", "app_secret": "token"}
# Pasted along with the token, out of an example.
_SCHEME = re.compile(r"(?:token|bearer)\s+", re.IGNORECASE)
_BETWEEN_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")


def save(tracker: str, enabled: bool, address: str, token: str | None, actor: Member) -> int:
    """Keep the tracker. token: empty keeps the stored one while the address is unchanged.

    Another address is another tracker: what waits to be pushed to the old one is given up.
    Answers how many pushes were. Raises RuleError on service_url or token; nothing is changed
    then.
    """
    setting = settings.provider_setting(tracker)
    old_address = setting.app_key
    if not enabled and address in {"", old_address}:
        address = old_address  # switching off needs no values, and loses none
    else:
        address = checked_address(address)
    with _our_fields():
        app_credentials.check(setting, enabled, address, token, WORDS)
    _check_token(token)
    is_changed = app_credentials.keep(setting, address, token, actor)
    setting.is_enabled, setting.is_tracker = enabled, True
    db.session.add(setting)
    db.session.flush()
    app_health.clear(tracker, address)
    given_up = issues.address_changed(old_address) if is_changed and old_address else 0
    records.add(
        Action.PROVIDER_SAVED,
        f"provider:{tracker}",
        actor,
        {
            "provider": tracker,
            "enabled": enabled,
            "app_key": address,
            "secret_changed": bool(token),
        },
    )
    return given_up


def credentials(tracker: str, address: str, token: str) -> AppCredentials:
    """What the test button uses: the typed values, with the stored token for an empty one.

    Raises RuleError on service_url or token.
    """
    address = checked_address(address)
    with _our_fields():
        used = app_credentials.credentials(tracker, address, token, WORDS)
    _check_token(token)
    return used


def checked_address(text: str) -> str:
    """The address as it is kept. Raises RuleError on service_url."""
    if not text.strip():
        raise RuleError(_("请填写服务地址。"), "service_url")
    config = current_app.config
    outside = Outside.of(config["ALLOWED_NETWORKS"], config["ALLOW_LOOPBACK"])
    try:
        return _canonical(outside.check_url(text))
    except UrlRefused as error:
        raise RuleError(str(error), "service_url") from None


def _canonical(address: str) -> str:
    """One spelling an address: another one would be taken for another tracker."""
    parts = urlsplit(address)
    host = (parts.hostname or "").removesuffix(".")
    host = f"[{host}]" if ":" in host else host
    is_default = parts.port in {None, {"https": 443, "http": 80}[parts.scheme]}
    place = host if is_default else f"{host}:{parts.port}"
    path = parts.path.rstrip("/").removesuffix("/open-api")
    return f"{parts.scheme}://{place}{path}"


def _check_token(token: str | None) -> None:
    """Raises RuleError on token for what can stand in no header."""
    bare = _SCHEME.sub("", (token or "").strip())
    if bare and not re.fullmatch(r"[!-~]+", bare):
        raise RuleError(
            _("访问令牌中有空格或中文等不能使用的字符，请在 CODING 中重新复制。"), "token"
        )


@contextmanager
def _our_fields() -> Iterator[None]:
    """The shared rules speak of an app; here it is an address and a token."""
    try:
        yield
    except RuleError as error:
        message = _BETWEEN_CHINESE.sub("", error.message)
        raise RuleError(message, _FIELDS.get(error.field, error.field)) from None
