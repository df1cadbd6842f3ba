"""Whole commands of the portal's, forked on order as worker.py does: the web server, `flask jobs`.

`python -m tests.faults.entrances`; the order's `command` is "web" (python wsgi.py) or "jobs", its
`rule` one of sabotaged.py, or None.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from flask.cli import main as flask_command

from portal import serving
from tests.faults.sabotaged import RULES
from tests.faults.worker import become, serve


def be_the_command(order: dict, prepare: Callable[[dict], None]) -> None:
    """Until it ends by itself, with its own exit code."""
    become(order, prepare)
    if order["command"] == "web":
        code = serving.run([])
    else:
        sys.argv = ["flask", "--app", "wsgi", "jobs"]
        code = 0
        try:
            flask_command()
        except SystemExit as end:
            code = end.code or 0
    sys.stdout.flush()
    os._exit(code)


def remove_rule(order: dict) -> None:
    """The one that the order names."""
    if order["rule"] is not None:
        RULES[order["rule"]]()


if __name__ == "__main__":
    serve(remove_rule, be_the_command)
