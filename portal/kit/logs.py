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
)
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
        for key, value in facts.items():
            line[key] = redact(value) if isinstance(value, str) else value
        if record.exc_info:
            line["traceback"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


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
