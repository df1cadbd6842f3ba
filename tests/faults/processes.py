"""Processes of the tests' own: the sandbox, forked workers, `flask jobs`; and waiting for facts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class NotInTime(AssertionError):
    """A fact that was waited for did not come. On a crowded machine that may be nobody's fault."""


def wait_until(fact: Callable[[], object], what: str, seconds: float = 15.0):
    """Look again and again until the fact holds; answers it. Raises NotInTime."""
    ends = time.monotonic() + seconds
    while True:
        found = fact()
        if found:
            return found
        if time.monotonic() >= ends:
            raise NotInTime(f"not within {seconds:g} s: {what}")
        time.sleep(0.03)


def holds_for(fact: Callable[[], object], seconds: float) -> bool:
    """Whether the fact goes on holding for so long."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if not fact():
            return False
        time.sleep(0.03)
    return True


def is_dead(pid: int) -> bool:
    """Gone, or a zombie that its parent has not waited for."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rpartition(")")[2].split()[0] in {"Z", "X"}


def start_python(*arguments: str, **options) -> subprocess.Popen:
    """A Python process that runs a module of the project."""
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, text=True, **options)


def end(process: subprocess.Popen) -> None:
    """Kill it, if it still runs, and wait for it."""
    process.kill()
    process.wait(10)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


class Forker:
    """A process that forks workers: see worker.py. environment: more of it than our own."""

    def __init__(self, module: str, environment: dict[str, str] | None = None):
        self._process = start_python(
            "-m", module, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=os.environ | (environment or {}),
        )  # fmt: skip

    def start(self, environment: dict[str, str], log: Path, rule: str | None, **order) -> int:
        """One more worker; answers its pid. order: what else it is told."""
        return self._order(environment=environment, log=str(log), rule=rule, **order)["pid"]

    def exit_code(self, pid: int) -> int | None:
        """How this worker has ended; None while it runs."""
        return self._order(wait=pid)["code"]

    def end_all(self) -> None:
        """Kill the workers that are left; their pids are free after that."""
        self._order(end=True)

    def end(self) -> None:
        end(self._process)

    def _order(self, **order) -> dict:
        print(json.dumps(order), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer, "the forking process has died"
        return json.loads(answer)


class SandboxProcess:
    """The far side with its store in a file."""

    def __init__(self, store: Path):
        self.store = store
        self._process = start_python(
            "-m", "portal.sandbox.serve", "--port", "0", "--store", str(store),
            stdout=subprocess.PIPE,
        )  # fmt: skip
        line = self._process.stdout.readline()
        assert line.startswith("Sandbox ready: "), line
        self.base = line.split()[-1]

    def end(self) -> None:
        end(self._process)
