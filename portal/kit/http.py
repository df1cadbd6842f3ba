"""The only door for outgoing HTTP: one deadline, a size limit, no redirects, no retries."""

from __future__ import annotations

import http.client
import json as json_format
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from flask_babel import gettext as _
from requests.adapters import HTTPAdapter

from portal.kit.errors import Kind, ProviderError
from portal.kit.wire import AddressRule, PeerRefused, TimeShort, Wire, pool_classes

logger = logging.getLogger(__name__)

# urllib3 writes whole URLs, and DingTalk's carry the access token: never, at no level.
for _chatty in ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_chatty).setLevel(logging.CRITICAL + 1)

MAX_BODY = 1024 * 1024  # bytes, after decoding
LEAST_SECONDS = 1.0  # with less time left nothing is sent any more
NEVER_SENT = frozenset({"deadline", "address", "connect", "tls"})
"""Codes of a ProviderError that say: not one byte of the request has left."""


class Deadline:
    """When a piece of work of several exchanges must be over, on the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds left; negative when it is over."""
        return self._ends - time.monotonic()


@dataclass(frozen=True)
class Answer:
    """A complete answer. The body is decoded and never longer than MAX_BODY."""

    provider: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body as JSON. Raises ProviderError("unreadable", unknown outcome)."""
        try:
            return json_format.loads(
                self.body, parse_constant=_refuse, object_pairs_hook=_without_duplicates
            )
        except (ValueError, RecursionError):
            pass  # raised below: the parser's own error quotes the body
        raise _failure(self.provider, "unreadable", _("对方的应答不是可读的 JSON"), self.status)


def exchange(
    provider: str,
    method: str,
    url: str,
    *,
    deadline: Deadline,
    timeout: float,
    params: Mapping[str, str] | None = None,
    json: Any = None,
    headers: Mapping[str, str] | None = None,
    address_rule: AddressRule | None = None,
    log_path: str | None = None,
) -> Answer:
    """Send one request over a fresh connection and hear the whole answer.

    timeout       seconds for everything, from the name look-up to the last byte of the body;
                  less when the deadline is nearer
    address_rule  asked with each address of the name before one is connected, and with the
                  connected peer's before the first byte is sent;
                  None allows every address (base URLs from the environment are trusted)
    log_path      what the log shows as the path, where the path itself holds a secret

    Raises ProviderError. Codes in NEVER_SENT are a sure no; every other one means that bytes
    may have left and nothing is known. A 4xx or 5xx is an Answer like any other.
    """
    request = _Request(provider, method, url, params, json, headers, log_path)
    started = time.monotonic()
    result = _exchange(request, deadline, timeout, address_rule)
    request.log(result, time.monotonic() - started)
    if isinstance(result, ProviderError):
        # Raised here, outside of every except block: the libraries' own errors hold the URL
        # with its token, and must not come along as a context.
        raise result
    return result


@dataclass(frozen=True)
class _Request:
    provider: str
    method: str
    url: str
    params: Mapping[str, str] | None
    json: Any
    headers: Mapping[str, str] | None
    log_path: str | None

    def arguments(self) -> dict[str, Any]:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "Connection": "close",
            "User-Agent": "Portal",
        }
        body = None
        if self.json is not None:
            body = json_format.dumps(self.json).encode("ascii")
            headers["Content-Type"] = "application/json; charset=utf-8"
        return {"params": self.params, "data": body, "headers": headers | dict(self.headers or {})}

    def log(self, result: Answer | ProviderError, seconds: float) -> None:
        """One line an exchange: never a query string, a header or a body."""
        parts = urlsplit(self.url)
        facts = {
            "provider": self.provider,
            "http_method": self.method,
            "http_host": parts.hostname or "",
            "http_path": parts.path if self.log_path is None else self.log_path,
            "http_outcome": result.status if isinstance(result, Answer) else result.code,
            "duration_ms": round(seconds * 1000),
        }
        logger.info("%s %s %s%s: %s, %d ms", *facts.values(), extra=facts)


def _exchange(
    request: _Request, deadline: Deadline, timeout: float, address_rule: AddressRule | None
) -> Answer | ProviderError:
    provider = request.provider
    if deadline.remaining() < LEAST_SECONDS:
        return _failure(provider, "deadline", _("本次投递的时间已用完，稍后重试"))
    wire = Wire(
        min(timeout, deadline.remaining()),
        address_rule,
        may_send=lambda: deadline.remaining() >= LEAST_SECONDS,
    )
    try:
        with wire, _session(wire) as session:
            response = session.request(
                request.method, request.url, timeout=timeout, stream=True, **request.arguments()
            )
            with response:
                return _read(provider, response, wire)
    except PeerRefused:
        return _failure(provider, "address", _("该地址不允许访问"), kind=Kind.REFUSED)
    except TimeShort:
        return _failure(provider, "deadline", _("本次投递的时间已用完，稍后重试"))
    except (
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidSchema,
        urllib3.exceptions.LocationValueError,
    ):
        return _failure(provider, "address", _("地址不是可用的 http(s) 网址"), kind=Kind.REFUSED)
    except (
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        http.client.HTTPException,
        OSError,
    ) as error:
        return _transport_failure(provider, request.url, wire, error)


class _WiredAdapter(HTTPAdapter):
    def __init__(self, wire: Wire) -> None:
        self._pool_classes = pool_classes(wire)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args, **kwargs) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pool_classes


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """No redirect is known here: requests would read its body, of any length, to the end."""


def _session(wire: Wire) -> _Session:
    session = _Session()
    session.trust_env = False  # a proxy variable would bypass the address rule
    session.headers.clear()
    session.mount("https://", _WiredAdapter(wire))
    session.mount("http://", _WiredAdapter(wire))
    return session


def _read(provider: str, response: requests.Response, wire: Wire) -> Answer | ProviderError:
    status = response.status_code
    if 300 <= status < 400:
        return _failure(provider, "redirect", _("对方要求跳转到别处，未跟随"), status)
    body = bytearray()
    for piece in response.raw.stream(16 * 1024, decode_content=True):
        body += piece
        if len(body) > MAX_BODY:
            return _failure(provider, "too_large", _("对方的应答超过 1 MiB"), status)
    if wire.is_expired:  # a body without a length ends like a complete one when it is cut
        return _failure(provider, "timeout", _("对方没有在限定时间内答完"), status)
    return Answer(provider, status, response.headers, bytes(body))


def _transport_failure(
    provider: str, url: str, wire: Wire, error: Exception
) -> ProviderError:
    host = urlsplit(url).hostname or ""
    if not wire.is_connected:
        reason = wire.reason or "timed out"
        return _failure(
            provider, "connect", _("连接 %(host)s 失败：%(reason)s", host=host, reason=reason)
        )
    if not wire.is_sent:
        reason = wire.reason or "timed out"
        return _failure(
            provider,
            "tls",
            _("与 %(host)s 的安全连接（TLS）失败：%(reason)s", host=host, reason=reason),
        )
    timeouts = (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError)
    if wire.is_expired or isinstance(error, timeouts) or "timed out" in str(error):
        return _failure(provider, "timeout", _("对方没有在限定时间内答完"))
    if isinstance(error, requests.exceptions.ContentDecodingError | urllib3.exceptions.DecodeError):
        return _failure(provider, "unreadable", _("对方的应答无法解压"))
    return _failure(provider, "reset", _("连接在应答完整之前中断"))


def _failure(
    provider: str, code: str, message: str, status: int | None = None, kind: Kind | None = None
) -> ProviderError:
    surely_not = Kind.RETRY if code in NEVER_SENT else Kind.UNKNOWN_OUTCOME
    return ProviderError(provider, code, message, kind or surely_not, http_status=status)


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Two values under one name: which of them counts would be a guess.
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key")
    return result
