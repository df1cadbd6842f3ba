"""The portal and the sandbox as processes of their own, started as a user starts them."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

from tests.platforms import addresses
from tests.servers_tools import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0


@dataclass(frozen=True)
class Served:
    """A running portal and the sandbox it talks to; settings: its PORTAL_ variables."""

    portal: str
    sandbox: str
    settings: dict[str, str]
    admin_password: str


@contextmanager
def running(
    command: Sequence[str], environment: dict[str, str], until: str, log: Path, folder: Path = ROOT
) -> Iterator[list[str]]:
    """A process until the end of the block; gives the lines it printed up to `until`.

    environment: what it gets besides PATH and the like; no PORTAL_ variable is handed on.
    log: the file that gets its standard error.
    """
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PORTAL_")}
    extra = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"}
    with (
        log.open("a") as errors,
        subprocess.Popen(
            [sys.executable, *command],
            cwd=folder,
            env=inherited | extra | environment,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as process,
    ):
        try:
            yield _lines_until(process, until)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _lines_until(process: subprocess.Popen, until: str) -> list[str]:
    """Read from the pipe itself: a buffer between could hold a line that nothing waits for."""
    said = b""
    deadline = time.monotonic() + START_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while until not in "".join(_lines(said)):
            assert selector.select(deadline - time.monotonic()), f"no {until!r} in {said}"
            more = os.read(process.stdout.fileno(), 65536)
            assert more, f"ended before {until!r}: {said}"
            said += more
    lines = _lines(said)
    last = next(number for number, line in enumerate(lines) if until in line)
    return lines[: last + 1]


def _lines(said: bytes) -> list[str]:
    """Those that are complete."""
    return [line.decode().strip() for line in said.split(b"\n")[:-1]]


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """A portal with an empty database in this folder, beside a sandbox of its own."""
    password = "Right-horse-4711"
    sandbox = ["-m", "portal.sandbox.serve", "--port", "0"]
    with running(sandbox, {}, "Sandbox ready", folder / "sandbox.log") as lines:
        sandbox = lines[-1].removeprefix("Sandbox ready: ")
        port = free_port()
        settings = {
            "PORTAL_DATABASE_URL": f"sqlite:///{folder}/portal.db",
            "PORTAL_SECRET_KEY": "a key for the browser tests only",
            "PORTAL_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "PORTAL_SQLITE_DIR": str(folder / "datasources"),
            "PORTAL_ADMIN_PASSWORD": password,
            "PORTAL_PORT": str(port),
            "PORTAL_ALLOW_LOOPBACK": "1",
            "PORTAL_DELIVER_SECONDS": "0.2",
            "PORTAL_SWEEP_SECONDS": "0.5",
            "PORTAL_DINGTALK_MONTHLY_CALLS": "1000000",
            "PORTAL_LOG_LEVEL": "WARNING",
        }
        settings |= {f"PORTAL_{name}": url for name, url in addresses(sandbox).items()}
        with running(["wsgi.py"], settings, "Portal: ", folder / "portal.log"):
            yield Served(f"http://127.0.0.1:{port}", sandbox, settings, password)
