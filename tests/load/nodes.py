"""Web nodes as README's "Grow" describes them: gunicorn, several of them, on one database."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.browser.processes import ROOT
from tests.faults.processes import wait_until
from tests.servers_tools import free_port

SETTINGS = "portal/gunicorn_conf.py"


def quiet_environment(own: dict[str, str]) -> dict[str, str]:
    """What a process gets: nothing of the PORTAL_ settings around it, only its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"} | own


class Process:
    """One of the project's commands, with its standard error in a log."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path):
        self._command, self._log = command, log
        self._environment = quiet_environment(environment)
        self._process: subprocess.Popen | None = None
        self.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self._command],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def stop(self) -> float:
        """SIGTERM, in good order; answers the seconds that it took."""
        begun = time.monotonic()
        self.signal(signal.SIGTERM)
        assert self._process.wait(30) == 0, self._log.read_text()[-4000:]
        return time.monotonic() - begun

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


class Node(Process):
    """gunicorn with the project's own settings (portal/gunicorn_conf.py)."""

    def __init__(self, environment: dict[str, str], log: Path, *more: str, workers: int = 2):
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.base = f"http://{self.address}"
        options = ["--bind", self.address, "--workers", str(workers), "--log-level", "info", *more]
        super().__init__(["gunicorn", "-c", SETTINGS, *options, "wsgi:app"], environment, log)

    def ready(self) -> float:
        """Wait for /healthz; answers for how long."""
        begun = time.monotonic()
        wait_until(self.is_healthy, "the node answers", 60)
        return time.monotonic() - begun

    def is_healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def workers(self) -> set[int]:
        """The pids of its workers."""
        return children(self.pid)


def children(pid: int) -> set[int]:
    """Pids of the processes that this one started."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return {int(one) for one in found}


def processor_seconds(pid: int) -> float:
    """What this process and those that it started have used of the processors so far."""
    used = 0
    for one in (pid, *children(pid)):
        for thread in Path(f"/proc/{one}/task").glob("*/schedstat"):
            used += int(thread.read_text().split()[0])
    return used / 1e9
