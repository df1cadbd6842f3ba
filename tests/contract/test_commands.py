"""The commands of DESIGN §7: a plain start, and gunicorn beside `flask jobs` and the sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from cryptography.fernet import Fernet

from tests.browser.processes import running
from tests.contract.conftest import copy_tree
from tests.contract.outside import Outside, until
from tests.servers_tools import free_port

BIN = Path(sys.executable).parent
KEY_FIELDS = {"dingtalk": "app_key", "feishu": "app_id"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    return copy_tree(tmp_path_factory.mktemp("commands"))


def test_the_first_start_prints_the_admins_password_once(tree, tmp_path):
    """The printed password must be changed; loopback prefixes are refused; the throttle holds."""
    base = f"http://127.0.0.1:{(port := free_port())}"
    settings = {"PORTAL_PORT": str(port), "PORTAL_SWEEP_SECONDS": "0.5"}
    with running(["wsgi.py"], settings, "Portal: ", tmp_path / "first.log", tree) as lines:
        [line] = [one for one in lines if "admin" in one]
        password = line.split("password ")[1].split()[0]
        admin = Outside(base)
        assert admin.get(admin.sign_in("admin", password).goes_to).path == "/account"
        assert [_fail(base, "nobody") for _ in range(11)] == [422] * 10 + [429]
        assert Outside(base).sign_in("admin", password).status == 302
    with running(["wsgi.py"], settings, "Portal: ", tmp_path / "second.log", tree) as lines:
        assert not [one for one in lines if "password" in one]


def _fail(base: str, username: str) -> int:
    return Outside(base).sign_in(username, "wrong").status


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "70000"), ("HOST", "not a host"), ("HTTP_TIMEOUT", "soon")]
)
def test_nonsense_stops_the_start_with_one_line(tree, tmp_path, name, value):
    log = tmp_path / "log"
    settings = {"PORTAL_PORT": str(free_port()), f"PORTAL_{name}": value}
    with (
        pytest.raises(AssertionError, match="ended before"),
        running(["wsgi.py"], settings, "Portal: ", log, tree),
    ):
        pass
    [line] = log.read_text().splitlines()
    assert line.startswith("portal: ")
    assert value in line


def test_gunicorn_beside_the_jobs_and_the_sandbox(tree, tmp_path):
    """Two web workers and one clock on one database; PORTAL_ADMIN_PASSWORD is taken as it is."""
    log = tmp_path / "log"
    flask = [str(BIN / "flask"), "--app", "wsgi"]
    port, sandbox = free_port(), free_port()
    settings = {
        "PORTAL_DATABASE_URL": f"sqlite:///{tmp_path}/portal.db",
        "PORTAL_SECRET_KEY": "a key for this test only",
        "PORTAL_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "PORTAL_ADMIN_PASSWORD": "as-it-is",
        "PORTAL_DINGTALK_API_URL": f"http://127.0.0.1:{sandbox}",
        "PORTAL_DINGTALK_OAPI_URL": f"http://127.0.0.1:{sandbox}",
        "PORTAL_FEISHU_API_URL": f"http://127.0.0.1:{sandbox}",
        "PORTAL_DELIVER_SECONDS": "0.25",
        "PORTAL_SWEEP_SECONDS": "0.5",
        "PORTAL_SECURE_COOKIES": "0",
    }
    gunicorn = [str(BIN / "gunicorn"), "-w", "2", "-b", f"127.0.0.1:{port}", "wsgi:app"]
    base = f"http://127.0.0.1:{port}"
    ready = "Sandbox ready"
    upgrade = [sys.executable, *flask, "db", "upgrade"]
    subprocess.run(upgrade, cwd=tree, env=os.environ | settings, check=True, capture_output=True)
    with (
        running([*flask, "sandbox", "--port", str(sandbox)], settings, ready, log, tree),
        running(["-c", _STARTED, *flask, "jobs"], settings, "Started", log, tree),
        running(["-c", _STARTED, *gunicorn], settings, "Started", log, tree),
    ):
        until(lambda: _answers(f"{base}/healthz"), "gunicorn answers", 60)
        assert _answers(f"http://127.0.0.1:{sandbox}/control/cards")["cards"] == []
        until(lambda: (_answers(f"{base}/healthz") or {}).get("last_sweep"), "the jobs tick")
        admin = Outside(base)
        assert admin.sign_in("admin", "as-it-is").goes_to == "/"
        assert admin.get("/settings/global").status == 200
        refused = admin.submit("/settings/global", {"url_prefix": "http://localhost:5000"})
        assert (refused.status, list(refused.errors)) == (422, ["url_prefix"])
        apps = _apps(f"http://127.0.0.1:{sandbox}")
        # Not CODING: its address would be this machine, which nobody has allowed.
        for provider, key_field in KEY_FIELDS.items():
            key, secret = apps[provider]
            path = f"/settings/integrations/{provider}"
            typed = {key_field: key, "app_secret": secret}
            page = admin.send(admin.get("/settings/integrations"), path, typed, to=f"{path}/test")
            [line] = page.all("data-check", "credentials")
            assert line["data-result"] == "ok"


def _apps(sandbox: str) -> dict[str, tuple[str, str]]:
    """Provider → key and secret, as the sandbox shows them to people."""
    marked = Outside(sandbox).get("/").all("data-app-key")
    return {tag["data-provider"]: (tag["data-app-key"], tag["data-app-secret"]) for tag in marked}


# They print nothing to their standard output, which `running` waits for.
_STARTED = "import os, sys; print('Started', flush=True); os.execv(sys.argv[1], sys.argv[1:])"


def _answers(url: str) -> dict | None:
    try:
        return requests.get(url, timeout=5).json()
    except (requests.ConnectionError, requests.Timeout):
        return None  # nobody listens yet, or the workers are not there yet


def test_a_backup_is_taken_from_a_running_portal_and_restored_to_a_stopped_one(tree, tmp_path):
    port, kept = free_port(), tmp_path / "kept.db"
    settings = {
        "PORTAL_PORT": str(port),
        "PORTAL_DATABASE_URL": f"sqlite:///{tmp_path}/portal.db",
        "PORTAL_ADMIN_PASSWORD": "as-it-is",
    }
    log = tmp_path / "log"
    with running(["wsgi.py"], settings, "Portal: ", log, tree):
        assert "checked" in _flask(tree, settings, "backup", str(kept)).stdout
        admin = Outside(f"http://127.0.0.1:{port}")
        admin.sign_in("admin", "as-it-is")
        refused = _flask(tree, settings, "restore", str(kept))
        assert refused.returncode == 1
        assert "stop every portal and jobs process" in refused.stderr
        assert admin.get("/settings/status", follow=False).status == 200
    done = _flask(tree, settings, "restore", str(kept))
    assert done.returncode == 0, done.stderr
    with running(["wsgi.py"], settings, "Portal: ", log, tree):
        assert admin.get("/settings/status", follow=False).status == 302
        assert admin.sign_in("admin", "as-it-is").goes_to == "/"
        assert "从备份恢复数据库" in str(admin.get("/settings/records").soup)


def _flask(tree: Path, settings: dict[str, str], *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, str(BIN / "flask"), "--app", "wsgi", *words]
    environment = os.environ | settings
    return subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
