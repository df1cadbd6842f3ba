"""A portal with very many tickets, started as people start it, beside the bare page."""

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
from tests.browser.processes import running
from tests.conftest import PASSWORD, settings
from tests.faults.databases import PortalDatabase
from tests.load.company import settle_in_more
from tests.load.measure import asker
from tests.load.multiply import settle_statistics
from tests.load.seed import seed
from tests.platforms import addresses
from tests.servers_tools import free_port
from tests.world import Sandbox, World

TICKETS = 50_000
CREATORS = 40
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class Ground:
    """A database full of tickets, and what processes need to serve it.

    source: the id of the big project's data source, as the form sends it.
    """

    world: World
    environment: dict[str, str]
    source: str

    @property
    def app(self) -> Flask:
        return self.world.app

    def counts(self) -> tuple[int, int]:
        """Tickets, and deliveries."""
        with self.app.app_context():
            db.session().read_only()
            return tuple(
                db.session.scalar(db.select(db.func.count(table.id)))
                for table in (Ticket, Delivery)
            )


@contextmanager
def ground(
    folder: Path,
    migrated: Path,
    password_hash: str,
    database: PortalDatabase | None = None,
    tickets: int = TICKETS,
    sandbox: Sandbox | None = None,
    **more: str,
) -> Iterator[Ground]:
    """database: on a server; a file of SQLite's if None. more: PORTAL_ settings."""
    shutil.copytree(migrated, folder / "instance")
    own = {"DATABASE_URL": database.url()} if database else {}
    if sandbox is not None:
        own |= addresses(sandbox.base)
    app = create_app(settings(folder / "instance", **own, **more))
    world = World(app, sandbox)
    world.settle_in(password_hash)
    with world.rules():
        company = settle_in_more(CREATORS)
        if tickets:
            seed(company, 1, tickets)
    with app.app_context():
        settle_statistics()
    environment = (
        own
        | more
        | {
            "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
            "SECRET_KEY": app.config["SECRET_KEY"],
            "ENCRYPTION_KEYS": ",".join(app.config["ENCRYPTION_KEYS"]),
            "SQLITE_DIR": str(folder / "datasources"),
            "ALLOW_LOOPBACK": "1",
            "SECURE_COOKIES": "0",
            "LOG_LEVEL": "WARNING",
        }
    )
    named = {f"PORTAL_{name}": value for name, value in environment.items()}
    yield Ground(world, named, str(company.projects[0][2]))
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def signed_in(portal: str, username: str) -> tuple[str, str]:
    """Sign in by the real form; answers the cookie and the session's csrf_token."""
    browser = requests.Session()
    page = browser.get(f"{portal}/login", timeout=60).text
    fields = {
        "csrf_token": TOKEN.search(page).group(1),
        "username": username,
        "password": PASSWORD,
    }
    answer = browser.post(f"{portal}/login", fields, timeout=60)
    assert answer.url == f"{portal}/", answer.text
    cookie = "; ".join(f"{one.name}={one.value}" for one in browser.cookies)
    return cookie, TOKEN.search(answer.text).group(1)


@dataclass(frozen=True)
class Stage:
    """A portal that is served, beside the bare page. ground: its database, to look at."""

    ground: Ground
    portal: str
    bare: str

    @property
    def source(self) -> str:
        return self.ground.source

    def counts(self) -> tuple[int, int]:
        """Tickets, and deliveries."""
        return self.ground.counts()

    def signed_in(self, username: str) -> tuple[str, str]:
        """The cookie and the csrf_token of a new session."""
        return signed_in(self.portal, username)

    def asker(self, path: str, cookie: str) -> Callable[[], int]:
        """One browser that asks for this page of the portal each time it is called."""
        return asker(self.portal, path, cookie)

    def bare_asker(self) -> Callable[[], int]:
        """The same for the bare page."""
        return asker(self.bare, "/")


@contextmanager
def bare_page(folder: Path) -> Iterator[str]:
    """The bare page's address."""
    port = free_port()
    command = ["-m", "tests.load.bare", str(port)]
    with running(command, {}, "Bare page: ", folder / "bare.log"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def stage(
    folder: Path, migrated: Path, password_hash: str, database: PortalDatabase | None = None
) -> Iterator[Stage]:
    """All of it, until the end of the block, with the scheduler and a sandbox for the cards."""
    sandbox = ["-m", "portal.sandbox.serve", "--port", "0"]
    with (
        ground(folder, migrated, password_hash, database) as found,
        running(sandbox, {}, "Sandbox ready", folder / "sandbox.log") as lines,
        bare_page(folder) as bare,
    ):
        port = free_port()
        far_side = addresses(lines[-1].removeprefix("Sandbox ready: "))
        environment = found.environment | {"PORTAL_PORT": str(port)}
        environment |= {f"PORTAL_{name}": url for name, url in far_side.items()}
        with running(["wsgi.py"], environment, "Portal: ", folder / "portal.log"):
            yield Stage(found, f"http://127.0.0.1:{port}", bare)
