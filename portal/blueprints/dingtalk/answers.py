"""Reading DingTalk's answers: what is an error and of which kind, and the fields of a success.

Both conventions (fact sheet 0.1, 0.2): a word in `code` with a 4xx, a number in `errcode` with
a 200. Keys may be capitalised.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any
from urllib.parse import quote

from flask_babel import gettext as _

from portal.blueprints.dingtalk import codes
from portal.blueprints.dingtalk.codes import PROVIDER
from portal.kit import fields as json_fields
from portal.kit.errors import Kind, ProviderError
from portal.kit.fields import plain, unreadable
from portal.kit.http import Answer
from portal.kit.web_pages import is_page

read = partial(json_fields.read, PROVIDER)
"""See kit.fields.read."""

_APPLY_PAGE = "https://open-dev.dingtalk.com/appscope/apply?content="
_APPLY_URL = re.compile(re.escape(_APPLY_PAGE) + r"[\w%#.,&=+-]+", re.ASCII)
_SCOPE_LISTS = (
    re.compile(r"所需的权限[：:]\s*\[([^\]]+)\]"),
    re.compile(r"requiredScopes=\[([^\]]+)\]", re.IGNORECASE),
)
_SCOPE = re.compile(r"[\w.-]+", re.ASCII)


def body_of(answer: Answer, app_key: str) -> dict[str, Any]:
    """The JSON object of a success. Raises ProviderError for everything else."""
    try:
        body = answer.json()
    except ProviderError as error:
        failure = _without_json(answer, error)
    else:
        failure = _failure_in(answer, body, app_key)
        if failure is None:
            return body
    raise failure


def _without_json(answer: Answer, error: ProviderError) -> ProviderError:
    status = answer.status
    if status >= 500:
        return _error(f"http_{status}", _("钉钉返回 HTTP %(status)s", status=status),
                      Kind.UNKNOWN_OUTCOME, status)  # fmt: skip
    if status == 429:
        return _throttled(answer, "http_429", "HTTP 429")
    if is_page(answer) and (200 <= status < 300 or status == 403):
        # Anybody in between can answer a 200 with a page of theirs, also when we were heard.
        return _banned(status, Kind.RETRY if status == 403 else Kind.UNKNOWN_OUTCOME)
    if 400 <= status < 500 and status != 408:
        return _error(f"http_{status}", _("钉钉返回 HTTP %(status)s", status=status),
                      Kind.REFUSED, status)  # fmt: skip
    return error


def _failure_in(answer: Answer, body: Any, app_key: str) -> ProviderError | None:
    status = answer.status
    fields = {key.lower(): value for key, value in body.items()} if isinstance(body, dict) else {}
    code = plain(fields.get("code") or fields.get("errcode"))
    message = plain(fields.get("message") or fields.get("errmsg"))
    if code == "88":  # a wrapper: what is wrong stands inside
        code = plain(fields.get("sub_code")) or code
        message = plain(fields.get("sub_msg")) or message
    if code == "0":
        code = ""
    if status >= 500:
        return _error(code or f"http_{status}", message or f"HTTP {status}",
                      Kind.UNKNOWN_OUTCOME, status)  # fmt: skip
    if not code and plain(fields.get("status")) == "1111":
        return _banned(status, Kind.RETRY)
    if 200 <= status < 300 and not code:
        return None if isinstance(body, dict) else unreadable(PROVIDER, status)
    if status == 429 and codes.row_of(code, message) is None:
        return _throttled(answer, code or "http_429", message or "HTTP 429")
    if not code and (status < 400 or status == 408):
        return unreadable(PROVIDER, status)
    return _classified(code or f"http_{status}", message or f"HTTP {status}", status, fields,
                       app_key)  # fmt: skip


def _classified(
    code: str, message: str, status: int, fields: dict[str, Any], app_key: str
) -> ProviderError:
    row = codes.row_of(code, message)
    error = _error(code, message, row.kind if row else Kind.REFUSED, status)
    if row is not None:
        error.retry_after, error.throttled = row.retry_after, row.throttled
    if error.kind is Kind.PERMISSION:
        error.scopes = _scopes(fields)
        error.apply_url = _apply_url(fields, error.scopes, app_key)
    return error


def _scopes(fields: dict[str, Any]) -> tuple[str, ...]:
    detail = fields.get("accessdenieddetail")
    if isinstance(detail, dict):
        listed = {key.lower(): value for key, value in detail.items()}.get("requiredscopes")
        if isinstance(listed, list) and listed:
            return tuple(scope for scope in map(plain, listed) if _SCOPE.fullmatch(scope))
    for text in _texts(fields):
        for pattern in _SCOPE_LISTS:
            found = pattern.search(text)
            if found:
                return tuple(_SCOPE.findall(found.group(1)))
    return ()


def _apply_url(fields: dict[str, Any], scopes: tuple[str, ...], app_key: str) -> str | None:
    for text in _texts(fields):
        found = _APPLY_URL.search(text)
        if found:
            return found.group(0)
    return apply_url(app_key, *scopes)


def apply_url(app_key: str, *scopes: str) -> str | None:
    """The console's page on which this app asks for these scopes."""
    if not scopes:
        return None
    return _APPLY_PAGE + quote(f"{app_key}#{','.join(scopes)}", safe="")


def _texts(fields: dict[str, Any]) -> list[str]:
    return [plain(fields.get(name)) for name in ("message", "sub_msg", "errmsg")]


def _banned(status: int, kind: Kind) -> ProviderError:
    message = _("钉钉没有返回接口应答，本服务器的出口 IP 可能被暂时封禁")
    error = _error("ip_banned", message, kind, status)
    error.retry_after, error.throttled = 300, True
    return error


def _throttled(answer: Answer, code: str, message: str) -> ProviderError:
    error = _error(code, message, Kind.RETRY, answer.status)
    named = answer.headers.get("Retry-After", "")
    error.retry_after = float(named) if named.isascii() and named.isdigit() else 1
    error.throttled = True
    return error


def _error(code: str, message: str, kind: Kind, status: int | None) -> ProviderError:
    return ProviderError(PROVIDER, code[:100], message[:1000], kind, http_status=status)
