"""Nonsense in the environment stops the start with one clear line."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from portal import config

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("HTTP_TIMEOUT", "-1"),
        ("HTTP_TIMEOUT", "nan"),
        ("SETTLE_SECONDS", "5"),
        ("LOOK_AGAIN_SECONDS", "-1"),
        ("LEASE_SECONDS", "59"),
        ("TIMEZONE", "Mars/Base"),
        ("TIMEZONE", "../etc/passwd"),
        ("DATABASE_URL", "oracle://x"),
        ("DATABASE_URL", "no address"),
        ("ENCRYPTION_KEYS", "short"),
        ("ALLOWED_NETWORKS", "10.0.0.0/33"),
        ("DINGTALK_API_URL", "ftp://x"),
        ("ALLOW_LOOPBACK", "perhaps"),
        ("LOG_LEVEL", "loud"),
        ("DINGTALK_MONTHLY_CALLS", "1.5"),
        ("DINGTALK_CALLS_A_SECOND", "2"),
    ],
)
def test_nonsense_is_refused_and_names_the_variable(name, value, tmp_path):
    with pytest.raises(config.ConfigError, match=f"PORTAL_{name}"):
        config.load({f"PORTAL_{name}": value}, tmp_path)


def test_the_start_ends_with_one_line(tmp_path):
    done = subprocess.run(
        [sys.executable, "wsgi.py"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PORTAL_SWEEP_SECONDS": "often"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["portal: PORTAL_SWEEP_SECONDS='often' is not a number"]


def test_the_lease_follows_the_timeout(tmp_path):
    assert config.load({"PORTAL_HTTP_TIMEOUT": "4"}, tmp_path)["LEASE_SECONDS"] == 30


def test_keys_are_made_once_for_the_owner_only(tmp_path):
    """Pitfall 26: the encryption key was a public constant."""
    first = config.finish(config.load({}, tmp_path))
    second = config.finish(config.load({}, tmp_path))
    assert first["ENCRYPTION_KEYS"] == second["ENCRYPTION_KEYS"]
    assert first["SECRET_KEY"] == second["SECRET_KEY"] != ""
    for name in ("encryption.keys", "secret.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert len(list(tmp_path.iterdir())) == 2


def test_given_keys_are_used_in_their_order(tmp_path):
    keys = [Fernet.generate_key().decode() for _ in range(2)]
    loaded = config.finish(config.load({"PORTAL_ENCRYPTION_KEYS": ",".join(keys)}, tmp_path))
    assert loaded["ENCRYPTION_KEYS"] == keys


def test_cookies_are_secure_unless_said_otherwise(tmp_path):
    assert config.finish(config.load({}, tmp_path))["SESSION_COOKIE_NAME"] == "__Host-portal"
    plain = config.finish(config.load({"PORTAL_SECURE_COOKIES": "0"}, tmp_path))
    assert plain["SESSION_COOKIE_NAME"] == "portal"
    assert plain["SESSION_COOKIE_SECURE"] is False


@pytest.mark.parametrize("value", ["1", "true", "yes"])
def test_the_debugger_is_refused(value, tmp_path):
    with pytest.raises(config.ConfigError, match="FLASK_DEBUG"):
        config.load({"FLASK_DEBUG": value}, tmp_path)


def test_no_debugger_is_no_trouble(tmp_path):
    assert config.load({"FLASK_DEBUG": "0"}, tmp_path)["PORT"] == 5000


def test_the_second_look_follows_the_settle_time(tmp_path):
    assert config.load({}, tmp_path)["LOOK_AGAIN_SECONDS"] == 60
    own = config.load({"PORTAL_HTTP_TIMEOUT": "1", "PORTAL_SETTLE_SECONDS": "3"}, tmp_path)
    assert own["LOOK_AGAIN_SECONDS"] == 1.5
