"""Job processes that end by kill -9 at a chosen point of a run of SQL.

`python -m tests.faults.crashing` forks them on order, as worker.py does. The order's rule names
the point. Nothing is faked: the process dies there, as a power cut would have it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from portal.domain import engine, run_ends, turn
from tests.faults.worker import serve


def die(*_arguments, **_named) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def at_claim() -> None:
    """The run is claimed; nothing was read of it yet."""
    engine.carry_out = die


def at_connect() -> None:
    """Its first data source's turn has come; no session exists."""
    turn.open_session = die


def at_statement_4() -> None:
    """Statement 4 is recorded as begun, and not sent."""
    _before_statement(4, die)


def after_commit() -> None:
    """COMMIT was answered over there; the record of it is not written."""
    run_ends.task_done = die


def _before_statement(number: int, work: Callable) -> None:
    run = turn._run

    def run_or_die(session, position, sql):
        if position == number:
            work()
        return run(session, position, sql)

    turn._run = run_or_die


POINTS = {
    name.replace("_", " "): place
    for name, place in list(globals().items())
    if name.startswith(("at_", "after_"))
}

if __name__ == "__main__":
    serve(lambda order: POINTS[order["rule"]]())
