"""A portal with 50,000 tickets, started as people start it, beside the bare page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from flask import Flask

from portal import create_app
from portal.extensions import db
from portal.models import Delivery, Ticket
from tests.browser.processes import free_port, running
from tests.conftest import PASSWORD, settings
from tests.load.company import settle_in_more
from tests.load.measure import Line
from tests.load.seed import seed
from tests.world import World

TICKETS = 50_000
CREATORS = 40
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class Stage:
    """app: on the same database as the served portal, to look at what came of it.

    source: the id of the big project's data source, as the form sends it.
    """

    app: Flask
    portal: str
    bare: str
    source: str

    def signed_in(self, username: str) -> tuple[str, str]:
        """Sign in by the real form; answers the cookie and the session's csrf_token."""
        browser = requests.Session()
        page = browser.get(f"{self.portal}/login", timeout=20).text
        fields = {
            "csrf_token": TOKEN.search(page).group(1),
            "username": username,
            "password": PASSWORD,
        }
        answer = browser.post(f"{self.portal}/login", fields, timeout=20)
        assert answer.url == f"{self.portal}/", answer.text
        cookie = "; ".join(f"{one.name}={one.value}" for one in browser.cookies)
        return cookie, TOKEN.search(answer.text).group(1)

    def asker(self, path: str, cookie: str) -> Callable[[], int]:
        """One browser that asks for this page of the portal each time it is called."""
        line = Line(self.portal, cookie)
        return lambda: line.get(path)

    def bare_asker(self) -> Callable[[], int]:
        """The same for the bare page."""
        line = Line(self.bare)
        return lambda: line.get("/")

    def counts(self) -> tuple[int, int]:
        """Tickets, and deliveries."""
        with self.app.app_context():
            db.session().read_only()
            return tuple(
                db.session.scalar(db.select(db.func.count(table.id)))
                for table in (Ticket, Delivery)
            )


@contextmanager
def stage(folder: Path, migrated: Path, password_hash: str) -> Iterator[Stage]:
    """All of it, until the end of the block."""
    shutil.copytree(migrated, folder / "instance")
    app = create_app(settings(folder / "instance"))
    world = World(app, None)
    world.settle_in(password_hash)
    with world.rules():
        company = settle_in_more(CREATORS)
        seed(company, 1, TICKETS)
    sandbox = ["-m", "portal.sandbox.serve", "--port", "0"]
    with running(sandbox, {}, "Sandbox ready", folder / "sandbox.log") as lines:
        far_side = lines[-1].removeprefix("Sandbox ready: ")
        port = free_port()
        environment = {
            "PORTAL_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
            "PORTAL_SECRET_KEY": app.config["SECRET_KEY"],
            "PORTAL_ENCRYPTION_KEYS": ",".join(app.config["ENCRYPTION_KEYS"]),
            "PORTAL_SQLITE_DIR": str(folder / "datasources"),
            "PORTAL_PORT": str(port),
            "PORTAL_DINGTALK_API_URL": far_side,
            "PORTAL_DINGTALK_OAPI_URL": far_side,
            "PORTAL_ALLOW_LOOPBACK": "1",
        }
        bare_port = free_port()
        bare = ["-m", "tests.load.bare", str(bare_port)]
        with (
            running(["wsgi.py"], environment, "Portal: ", folder / "portal.log"),
            running(bare, {}, "Bare page: ", folder / "bare.log"),
        ):
            source = str(company.projects[0][2])
            yield Stage(
                app, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{bare_port}", source
            )
    with app.app_context():
        db.engine.dispose()
