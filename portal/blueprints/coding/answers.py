"""Reading CODING's answers: what is an error and of which kind.

One envelope, {"Response": {…}} or {"Response": {"Error": {"Code", "Message"}}}, commonly with
HTTP 200; the status of refusals is not documented (fact sheet §1), so the body is read first.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from flask_babel import gettext as _

from portal.blueprints.coding import codes
from portal.blueprints.coding.codes import PROVIDER
from portal.kit import fields
from portal.kit.errors import Kind, ProviderError
from portal.kit.fields import plain, unreadable
from portal.kit.http import Answer
from portal.kit.web_pages import is_page, title_of

read = partial(fields.read, PROVIDER)
"""See kit.fields.read."""


def response_of(answer: Answer) -> dict[str, Any]:
    """What stands under Response in a success. Raises ProviderError for everything else."""
    try:
        body = answer.json()
    except ProviderError:
        body = None
    response = body.get("Response") if isinstance(body, dict) else None
    if not isinstance(response, dict):
        raise _somebody_else(answer)
    refusal = response.get("Error")
    if isinstance(refusal, dict) and refusal:
        raise _refused(refusal, answer.status)
    if refusal:
        raise unreadable(PROVIDER, answer.status)
    if not 200 <= answer.status < 300:
        raise _by_status(answer.status, f"HTTP {answer.status}")
    return response


def _refused(refusal: dict[str, Any], status: int) -> ProviderError:
    code, message = plain(refusal.get("Code")).strip(), plain(refusal.get("Message")).strip()
    code, message = code or f"http_{status}", message or f"HTTP {status}"
    row = codes.row_for(code, message)
    if status >= 500:
        return _error(code, message, Kind.UNKNOWN_OUTCOME, status)
    if status in {401, 403} and row is None:
        row = codes.row_for(f"http_{status}", "")
    error = _error(code, message, row.kind if row else Kind.REFUSED, status)
    if row is not None:
        error.retry_after, error.throttled = row.retry_after, row.throttled
    return error


def _somebody_else(answer: Answer) -> ProviderError:
    """No envelope: the platform's security front, a proxy, or no CODING at all (§1)."""
    status = answer.status
    if status in {401, 403} and answer.body.strip().lower() == b"invalid":
        # The documented face of a token that is not accepted.
        return _error("AuthFailure", f"Invalid (HTTP {status})", Kind.CREDENTIALS, status)
    said = _("收到的不是 CODING 的应答（HTTP %(status)s）", status=status)
    if is_page(answer):
        said = _("收到的是网页「%(title)s」（HTTP %(status)s），而不是 CODING 的应答",
                 title=title_of(answer), status=status)  # fmt: skip
    return _by_status(status, said)


def _by_status(status: int, said: str) -> ProviderError:
    if status >= 500:
        return _error(f"http_{status}", said, Kind.UNKNOWN_OUTCOME, status)
    if status in {401, 404, 405, 429}:
        row = codes.row_for(f"http_{status}", "")
        error = _error(f"http_{status}", said, row.kind, status)
        error.retry_after, error.throttled = row.retry_after, row.throttled
        return error
    is_sure = 400 <= status < 500 and status != 408
    return _error("blocked", said, Kind.REFUSED if is_sure else Kind.UNKNOWN_OUTCOME, status)


def _error(code: str, message: str, kind: Kind, status: int) -> ProviderError:
    return ProviderError(PROVIDER, code[:100], message[:1000], kind, http_status=status)
