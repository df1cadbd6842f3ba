"""Forks job processes on order: `python -m tests.faults.worker`, one JSON order a line.

Importing the portal takes a second; a fork of a process that has done so takes none. Each child
makes its own app and its own clock, shares nothing, and is killed like any other process.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet

from portal import config, create_app
from portal.jobs import Clock

DIE_WITH_PARENT = 1  # prctl's PR_SET_PDEATHSIG


def preload() -> None:
    """Import all of the portal, on a database that is thrown away."""
    values = {
        "PORTAL_SECRET_KEY": "preload",
        "PORTAL_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
    }
    with tempfile.TemporaryDirectory() as folder:
        create_app(config.load(values, Path(folder)))


def become(order: dict, prepare: Callable[[dict], None]) -> None:
    """The child's own output, environment and rules."""
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGKILL)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number in (1, 2):
        os.dup2(log, number)
    os.environ.update(order["environment"])
    prepare(order)


def be_a_worker(order: dict, prepare: Callable[[dict], None]) -> None:
    """Be a job process until killed."""
    become(order, prepare)
    Clock(create_app()).start()
    while True:
        signal.pause()


def serve(prepare: Callable[[dict], None], work: Callable = be_a_worker) -> None:
    """Fork for each order; {"end": true} ends the children and waits for them.

    Nobody else waits for them, so that a pid stays theirs until then. {"wait": pid} answers a
    child's exit code, None while it runs.
    """
    preload()
    children: list[int] = []
    for line in sys.stdin:
        order = json.loads(line)
        if order.get("end"):
            for pid in children:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            answer, children = {"ended": len(children)}, []
        elif "wait" in order:
            answer = {"code": _exit_code(order["wait"], children)}
        else:
            pid = os.fork()
            if pid == 0:
                try:
                    work(order, prepare)
                finally:
                    os._exit(1)
            children.append(pid)
            answer = {"pid": pid}
        print(json.dumps(answer), flush=True)


def _exit_code(pid: int, children: list[int]) -> int | None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    if not ended:
        return None
    children.remove(pid)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    serve(lambda order: None)
