"""Logs: one JSON line each, with the request's id, and with nothing secret in it."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
from datetime import UTC, datetime

from flask import Flask, Response, g, has_request_context, request

_SENSITIVE = r"[\w-]*(?:secret|token|password|passwd|authorization|cookie|access_key|sign)[\w-]*"
_REDACTIONS = (
    # in a URL's query or a form: appsecret=..., access_token=...
    (re.compile(rf"(?i)\b({_SENSITIVE})=[^&\s\"']+"), r"\1=***"),
    # in JSON or a repr: "appSecret": "..."
    (re.compile(rf"(?i)([\"']{_SENSITIVE}[\"']\s*:\s*)([\"'])[^\"']*\2"), r"\1\2***\2"),
    # a header: Authorization: Bearer ...
    (re.compile(rf"(?i)\b({_SENSITIVE}): [^\r\n]+"), r"\1: ***"),
    # a database address: ://user:password@
    (re.compile(r"://([^:/@\s]+):[^@/\s]+@"), r"://\1:***@"),
    # What database servers quote of a row or a statement: it may be a phone, or a ticket's SQL.
    (
        re.compile(r"(?ms)^(DETAIL|CONTEXT|QUERY): .*?(?=^\[SQL: |^\(Background |^$|\Z)"),
        "\\1: ***\n",
    ),
    (re.compile(r"(?s)(Duplicate entry \\?').*?(\\?' for key \\?'[\w.]+)"), r"\1***\2"),
    (re.compile(r"(?is)(incorrect [\w ]*value: \\?').*?(\\?' for \w)"), r"\1***\2"),
    (re.compile(r'(?s)(invalid input syntax for type [\w ]+: ").*?("\n|"$)'), r"\1***\2"),
)
_SENSITIVE_NAME = re.compile(_SENSITIVE, re.IGNORECASE)
# json escapes the older control characters itself. These end a line for some reader, steer a
# terminal, or turn the text around.
_UNSAFE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_PLAIN = set(logging.LogRecord("", 0, "", 0, "", (), None).__dict__) | {"message", "asctime"}


def redact(text: str) -> str:
    """The text without anything that looks like a secret."""
    for pattern, replacement in _REDACTIONS:
        text = pattern.sub(replacement, text)
    return text


class JsonFormatter(logging.Formatter):
    """One line of JSON a record: a line cannot be forged, since json escapes line breaks."""

    def format(self, record: logging.LogRecord) -> str:
        facts = {key: value for key, value in record.__dict__.items() if key not in _PLAIN}
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        if has_request_context():
            line["request_id"] = request_id()
        line |= _without_secrets(facts)
        if record.exc_info:
            line["traceback"] = redact(self.formatException(record.exc_info))
        text = json.dumps(line, ensure_ascii=False, default=str)
        return _UNSAFE.sub(lambda char: f"\\u{ord(char[0]):04x}", text)


def _without_secrets(value: object) -> object:
    """The value with what is named like a secret taken out, at any depth."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {
            key: "***" if _SENSITIVE_NAME.fullmatch(str(key)) else _without_secrets(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_without_secrets(item) for item in value]
    return value


def request_id() -> str:
    """This request's reference number, shown on error pages too."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    return g.request_id


def init_app(app: Flask) -> None:
    """Send our own loggers to stderr as JSON, and one line for each request."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger("portal")
    root.handlers = [handler]
    root.propagate = False
    root.setLevel(app.config["LOG_LEVEL"])
    # urllib3 prints whole URLs, tokens included, at DEBUG; apscheduler a line for each tick.
    for name in ("urllib3", "requests", "apscheduler", "werkzeug"):
        logging.getLogger(name).setLevel(logging.WARNING)
    app.before_request(_start)
    app.after_request(_finish)


def _start() -> None:
    g.started = time.monotonic()


def _finish(response: Response) -> Response:
    response.headers["X-Request-Id"] = request_id()
    if not request.path.startswith(("/static/", "/bootstrap/")):
        elapsed = round((time.monotonic() - g.get("started", time.monotonic())) * 1000)
        logging.getLogger("portal.request").info(
            "%s %s %s %s ms",
            request.method,
            request.path,
            response.status_code,
            elapsed,
            extra={"status": response.status_code, "ms": elapsed, "endpoint": request.endpoint},
        )
    return response
