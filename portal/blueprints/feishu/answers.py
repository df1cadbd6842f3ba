"""Reading Feishu's answers: what is an error and of which kind, and the fields of a success.

One envelope, {"code": 0, "msg": …, "data": …}; a failure comes with a 4xx or 5xx as a rule, and
its body tells what is wrong: it is read before the status is looked at (fact sheet §0).
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from flask_babel import gettext as _

from portal.blueprints.feishu import codes
from portal.blueprints.feishu.codes import PROVIDER
from portal.kit import fields
from portal.kit.errors import Kind, ProviderError
from portal.kit.fields import objects, plain, unreadable
from portal.kit.http import Answer
from portal.kit.web_pages import is_page, title_of

read = partial(fields.read, PROVIDER)
"""See kit.fields.read."""

CONSOLES = ("open.feishu.cn", "open.larksuite.com")
LONGEST_WAIT = 300.0  # seconds; the limits are counted by the minute

_SCOPE = re.compile(r"[\w.-]+(?::[\w.-]+)+", re.ASCII)
_SCOPE_LIST = re.compile(r"\[([^\]]+)\]")
_URL = re.compile(r"[!-~]{1,1000}")


def body_of(answer: Answer) -> dict[str, Any]:
    """The JSON object of a success. Raises ProviderError for everything else."""
    failure: ProviderError | None
    try:
        body = answer.json()
    except ProviderError as error:
        failure = _without_json(answer, error)
    else:
        failure = _failure_in(answer, body)
        if failure is None:
            return body
    raise failure


def _without_json(answer: Answer, error: ProviderError) -> ProviderError:
    status = answer.status
    said = _("飞书返回 HTTP %(status)s", status=status)
    if is_page(answer):
        said = _("收到的是网页「%(title)s」（HTTP %(status)s），而不是飞书的应答",
                 title=title_of(answer), status=status)  # fmt: skip
    if status >= 500:
        return _error(f"http_{status}", said, Kind.UNKNOWN_OUTCOME, status)
    if status == 429:
        return _throttled(answer, "http_429", said)
    if 400 <= status < 500 and status != 408:
        return _error(f"http_{status}", said, Kind.REFUSED, status)
    return _error("html_page", said, Kind.UNKNOWN_OUTCOME, status) if is_page(answer) else error


def _failure_in(answer: Answer, body: Any) -> ProviderError | None:
    status = answer.status
    envelope = body if isinstance(body, dict) else {}
    code = _code(envelope)
    message = plain(envelope.get("msg")) or plain(envelope.get("message")) or f"HTTP {status}"
    if status >= 500:
        return _error(code or f"http_{status}", message, Kind.UNKNOWN_OUTCOME, status)
    if status == 429 or code == codes.THROTTLED:
        return _throttled(answer, code or "http_429", message)
    if code == "0":
        return None if 200 <= status < 300 else unreadable(PROVIDER, status)
    if not code and (status < 400 or status == 408):
        return unreadable(PROVIDER, status)
    return _classified(code or f"http_{status}", message, status, envelope)


def _code(envelope: dict[str, Any]) -> str:
    try:
        return str(fields.whole(envelope["code"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return plain(envelope.get("code"))


def _classified(
    code: str, message: str, status: int, envelope: dict[str, Any]
) -> ProviderError:
    row = codes.row_of(code)
    detail = envelope.get("error")
    detail = detail if isinstance(detail, dict) else {}
    error = _error(code, message + _violations(detail), row.kind if row else Kind.REFUSED, status)
    if row is not None:
        error.retry_after = row.retry_after
    if error.kind is Kind.PERMISSION:
        error.scopes = _scopes(detail, message)
        error.apply_url = _console_url(detail)
    return error


def _listed(detail: dict[str, Any], name: str) -> list[dict[str, Any]]:
    try:
        return objects(detail.get(name))
    except TypeError:
        return []


def _violations(detail: dict[str, Any]) -> str:
    """Which field was wrong and why, where Feishu says it."""
    said = [
        f"{plain(one.get('field'))}：{plain(one.get('description'))}"
        for one in _listed(detail, "field_violations")
    ]
    return f"（{'；'.join(said)}）" if said else ""


def _scopes(detail: dict[str, Any], message: str) -> tuple[str, ...]:
    """The documents show {type, subject} and, in an older text, {scope, url}."""
    named = [
        plain(one.get("subject")) or plain(one.get("scope"))
        for one in _listed(detail, "permission_violations")
    ]
    found = [scope for scope in named if _SCOPE.fullmatch(scope)]
    if not found:
        in_words = _SCOPE_LIST.search(message)
        found = _SCOPE.findall(in_words.group(1)) if in_words else []
    return tuple(dict.fromkeys(found))


def _console_url(detail: dict[str, Any]) -> str | None:
    """The page to ask for the scope on, if it really is one of the console's."""
    helps = _listed(detail, "helps")
    url = plain(helps[0].get("url")) if helps else ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    is_console = parts.scheme == "https" and parts.netloc in CONSOLES
    return url if is_console and _URL.fullmatch(url) else None


def apply_url(address: str, app_id: str, *scopes: str) -> str:
    """The console's page on which this app asks for these scopes. address: of its interface."""
    host = urlsplit(address).netloc
    host = host if host in CONSOLES else CONSOLES[0]
    return f"https://{host}/app/{quote(app_id, safe='')}/auth?q={','.join(scopes)}&op_from=openapi"


def _throttled(answer: Answer, code: str, message: str) -> ProviderError:
    error = _error(code, message, Kind.RETRY, answer.status)
    named = answer.headers.get("x-ogw-ratelimit-reset", "")
    error.retry_after = codes.row_of(codes.THROTTLED).retry_after
    if named.isascii() and named.isdigit():
        error.retry_after = min(float(named), LONGEST_WAIT)
    error.throttled = True
    return error


def _error(code: str, message: str, kind: Kind, status: int | None) -> ProviderError:
    return ProviderError(PROVIDER, code[:100], message[:1000], kind, http_status=status)
