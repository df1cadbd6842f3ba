"""Forks processes that write to SQLite without a pause: `python -m tests.faults.writer`.

Each commit is acknowledged by a line in a file, as a 2xx acknowledges it to a user: after it. With
the rule "too early", before it.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable

from portal import create_app
from portal.extensions import db
from portal.models import PortalSetting
from tests.faults.worker import become, serve

# Some pages of the file, so that a commit takes its time.
VALUE = "x" * 20_000


def write_on(order: dict, prepare: Callable[[dict], None]) -> None:
    """Until killed."""
    become(order, prepare)
    told = os.open(order["told"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with create_app().app_context():
        for number in itertools.count():
            key = f"{os.getpid()}:{order['number']}:{number}"
            if order["rule"] == "too early":
                os.write(told, f"{key}\n".encode())
            db.session.add(PortalSetting(key=key, value=VALUE))
            db.session.commit()
            if order["rule"] is None:
                os.write(told, f"{key}\n".encode())


if __name__ == "__main__":
    serve(lambda order: None, write_on)
