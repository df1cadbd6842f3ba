"""The PORTAL_* settings, read once and checked: nonsense stops the start with one clear line."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.fernet import Fernet
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent.parent
INSTANCE = ROOT / "instance"
# 2 MiB of SQL, percent-encoded by a browser, is at most three times as long.
MAX_BODY = 8 * 1024 * 1024
MAX_PORT = 65534  # the demo's sandbox listens on the next one
# What libpq and PyMySQL are told. A server that falls silent (its machine is gone, so that nothing
# ends the connection) is given up after about half a minute, as far as the driver knows how.
CONNECTING = {
    "postgresql": {
        "connect_timeout": 5,
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    },
    "mysql": {"connect_timeout": 5},
}


class ConfigError(Exception):
    """A setting that cannot be right; its text names the variable and the cure."""


class _Environment:
    """The PORTAL_* variables, each read once with its check."""

    def __init__(self, values: Mapping[str, str]):
        self.values = values

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(f"PORTAL_{name}", "").strip() or default

    def number(
        self, name: str, default: float, least: float = 0.0, most: float = float("inf")
    ) -> float:
        raw = self.text(name, str(default))
        try:
            value = float(raw)
        except ValueError:
            raise ConfigError(f"PORTAL_{name}={raw!r} is not a number") from None
        if not least <= value < float("inf"):
            raise ConfigError(f"PORTAL_{name}={raw} must be at least {least:g}")
        if value > most:
            raise ConfigError(f"PORTAL_{name}={raw} must be at most {most:g}")
        return value

    def whole(self, name: str, default: int, least: int = 0, most: float = float("inf")) -> int:
        value = self.number(name, default, least, most)
        if value != int(value):
            raise ConfigError(f"PORTAL_{name}={value:g} must be a whole number")
        return int(value)

    def flag(self, name: str, default: bool = False) -> bool:
        raw = self.text(name, "1" if default else "0").lower()
        if raw in {"1", "true", "yes", "on"}:
            return True
        if raw in {"0", "false", "no", "off"}:
            return False
        raise ConfigError(f"PORTAL_{name}={raw!r} must be 1 or 0")

    def url(self, name: str, default: str) -> str:
        raw = self.text(name, default).rstrip("/")
        parts = urlsplit(raw)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(f"PORTAL_{name}={raw!r} must be an http or https address")
        return raw

    def zone(self, name: str, default: str) -> str:
        raw = self.text(name, default)
        try:
            ZoneInfo(raw)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ConfigError(f"PORTAL_{name}={raw!r} is not a time zone, e.g. {default}") from None
        return raw

    def database(self, name: str, default: str) -> str:
        raw = self.text(name, default)
        try:
            url = make_url(raw)
        except ArgumentError:
            raise ConfigError(f"PORTAL_{name} is not a database address") from None
        drivers = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
        backend = url.get_backend_name()
        if backend not in {"sqlite", "postgresql", "mysql"}:
            raise ConfigError(f"PORTAL_{name}: {backend} is not sqlite, postgresql or mysql")
        url = url.set(drivername=drivers.get(url.drivername, url.drivername))
        return url.render_as_string(hide_password=False)

    def networks(self, name: str) -> tuple[str, ...]:
        items = [item.strip() for item in self.text(name).split(",") if item.strip()]
        try:
            return tuple(str(ipaddress.ip_network(item)) for item in items)
        except ValueError as error:
            raise ConfigError(f"PORTAL_{name}: {error}") from None

    def keys(self, name: str) -> list[str]:
        keys = [key.strip() for key in self.text(name).split(",") if key.strip()]
        for key in keys:
            try:
                Fernet(key)
            except ValueError:
                raise ConfigError(
                    f"PORTAL_{name}: each must be a Fernet key (32 url-safe base64 bytes)"
                ) from None
        return keys

    def level(self, name: str, default: str) -> str:
        raw = self.text(name, default).upper()
        if raw not in logging.getLevelNamesMapping():
            raise ConfigError(f"PORTAL_{name}={raw!r} must be DEBUG, INFO, WARNING or ERROR")
        return raw


def load(values: Mapping[str, str] | None = None, instance: Path = INSTANCE) -> dict:
    """Flask's config from the environment.

    values: by default os.environ. instance: where the database and the generated keys lie.
    Raises ConfigError.
    """
    env = _Environment(os.environ if values is None else values)
    if env.values.get("FLASK_DEBUG", "").lower() not in {"", "0", "false", "no"}:
        raise ConfigError("FLASK_DEBUG is on: its debugger runs what a visitor types; unset it")
    timeout = env.number("HTTP_TIMEOUT", 10, least=0.1)
    host = env.text("HOST", "127.0.0.1")
    least_lease = 5 * timeout + 10
    settle = env.number("SETTLE_SECONDS", 120)
    config = {
        "INSTANCE_DIR": str(instance),
        "SQLALCHEMY_DATABASE_URI": env.database("DATABASE_URL", f"sqlite:///{instance}/portal.db"),
        "SECRET_KEY": env.text("SECRET_KEY"),
        "ENCRYPTION_KEYS": env.keys("ENCRYPTION_KEYS"),
        "HOST": host,
        "PORT": env.whole("PORT", 5000, least=1, most=MAX_PORT),
        "ADMIN_PASSWORD": env.text("ADMIN_PASSWORD"),
        "TIMEZONE": env.zone("TIMEZONE", "Asia/Shanghai"),
        "LOG_LEVEL": env.level("LOG_LEVEL", "INFO"),
        "TRUSTED_PROXIES": env.whole("TRUSTED_PROXIES", 0),
        "SETTLE_SECONDS": settle,
        "LOOK_AGAIN_SECONDS": env.number("LOOK_AGAIN_SECONDS", settle / 2),
        "LEASE_SECONDS": env.number("LEASE_SECONDS", least_lease),
        "SQLITE_DIR": env.text("SQLITE_DIR", str(instance / "datasources")),
        "SECURE_COOKIES": env.flag("SECURE_COOKIES", True),
        "ALLOWED_NETWORKS": env.networks("ALLOWED_NETWORKS"),
        "DINGTALK_API_URL": env.url("DINGTALK_API_URL", "https://api.dingtalk.com"),
        "DINGTALK_OAPI_URL": env.url("DINGTALK_OAPI_URL", "https://oapi.dingtalk.com"),
        "FEISHU_API_URL": env.url("FEISHU_API_URL", "https://open.feishu.cn"),
        "HTTP_TIMEOUT": timeout,
        "DELIVER_SECONDS": env.number("DELIVER_SECONDS", 1, least=0.05),
        "SWEEP_SECONDS": env.number("SWEEP_SECONDS", 60, least=0.05),
        "DINGTALK_MONTHLY_CALLS": env.whole("DINGTALK_MONTHLY_CALLS", 5000, least=1),
        # The platform refuses the 21st of one API; the rest is left to other nodes' lag.
        "DINGTALK_CALLS_A_SECOND": env.whole("DINGTALK_CALLS_A_SECOND", 18, least=3),
        # The platform refuses the 101st; the rest is left to whatever else uses the app.
        "FEISHU_STARTS_A_MINUTE": env.whole("FEISHU_STARTS_A_MINUTE", 90, least=1),
        "DINGTALK_WITHDRAW_SECONDS": env.number("DINGTALK_WITHDRAW_SECONDS", 16),
        # On a target database: a statement, a wait for a lock; and how long before a scheduled
        # run its assignees are asked once more.
        "STATEMENT_SECONDS": env.number("STATEMENT_SECONDS", 3600, least=1),
        "LOCK_SECONDS": env.number("LOCK_SECONDS", 30, least=1),
        "CONFIRM_SECONDS": env.number("CONFIRM_SECONDS", 900, least=1),
        "METRICS_TOKEN": env.text("METRICS_TOKEN"),
        "ALLOW_LOOPBACK": env.flag("ALLOW_LOOPBACK"),
        "SECURE_COOKIES_GIVEN": bool(env.text("SECURE_COOKIES")),
    }
    if config["SETTLE_SECONDS"] <= timeout:
        raise ConfigError("PORTAL_SETTLE_SECONDS must be more than PORTAL_HTTP_TIMEOUT")
    if config["LEASE_SECONDS"] < least_lease:
        raise ConfigError(
            f"PORTAL_LEASE_SECONDS must be at least {least_lease:g} (5 x PORTAL_HTTP_TIMEOUT + 10)"
        )
    return config | _fixed() | {"SQLALCHEMY_ENGINE_OPTIONS": _engine(config)}


def _fixed() -> dict:
    """Flask's own settings, the same everywhere."""
    return {
        "MAX_CONTENT_LENGTH": MAX_BODY,
        "MAX_FORM_MEMORY_SIZE": MAX_BODY,
        "WTF_CSRF_TIME_LIMIT": None,  # the token lives as long as the session
        "WTF_CSRF_SSL_STRICT": False,  # SameSite and Fetch-Metadata do this job behind proxies
        "BABEL_DEFAULT_LOCALE": "zh",
        "BABEL_TRANSLATION_DIRECTORIES": "translations",
        "BOOTSTRAP_SERVE_LOCAL": True,
        # Files only: a compressed page that holds a CSRF token can be guessed by its length.
        "COMPRESS_MIMETYPES": ["text/css", "text/javascript", "image/svg+xml"],
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_ALGORITHM_STREAMING": ["br", "gzip"],
        "SEND_FILE_MAX_AGE_DEFAULT": 3600,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=7),
    }


def _engine(config: dict) -> dict:
    """How SQLAlchemy connects. A pool that is used up answers 503 in 5 s instead of hanging.

    Its errors, which are logged, quote no values: those are SQL of tickets, phones and hashes.
    """
    options = {
        "pool_pre_ping": True,
        "pool_timeout": 5,
        "pool_size": 10,
        "max_overflow": 20,  # a `jobs` process has some twenty threads
        "hide_parameters": True,
    }
    url = make_url(config["SQLALCHEMY_DATABASE_URI"])
    backend = url.get_backend_name()
    if backend in CONNECTING:
        said = url.query  # in the address, which comes first
        options["connect_args"] = {k: v for k, v in CONNECTING[backend].items() if k not in said}
    if backend == "mysql":
        # MySQL's default keeps reading the past: a conditional update's loser must see the winner.
        options["isolation_level"] = "READ COMMITTED"
    return options


def finish(config: dict) -> dict:
    """Add what needs the disk: the instance folder and the keys generated at the first start."""
    instance = Path(config["INSTANCE_DIR"])
    instance.mkdir(parents=True, exist_ok=True)
    config["SECRET_KEY"] = config["SECRET_KEY"] or _key_file(
        instance / "secret.key", lambda: secrets.token_urlsafe(48)
    )
    config["ENCRYPTION_KEYS"] = config["ENCRYPTION_KEYS"] or _key_file(
        instance / "encryption.keys", lambda: Fernet.generate_key().decode()
    ).split(",")
    secure = config["SECURE_COOKIES"]
    config["SESSION_COOKIE_NAME"] = "__Host-portal" if secure else "portal"
    config["SESSION_COOKIE_SECURE"] = secure
    config["SESSION_COOKIE_HTTPONLY"] = True
    config["SESSION_COOKIE_SAMESITE"] = "Lax"
    return config


def _key_file(path: Path, make: Callable[[], str]) -> str:
    """The key in this file, made with mode 0600 at the first start.

    It is written aside and linked into place, so that another worker of the same start sees
    either no key or a whole one.
    """
    if not path.exists():
        handle, aside = tempfile.mkstemp(dir=path.parent)  # mkstemp makes it with mode 0600
        with os.fdopen(handle, "w") as file:
            file.write(make())
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
        os.unlink(aside)
    key = path.read_text().strip()
    if not key:
        raise ConfigError(f"{path.name} is empty: restore it from a backup")
    return key
