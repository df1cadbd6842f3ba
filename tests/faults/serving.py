"""A served portal as its own process, and people who visit it over real HTTP."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import requests
from werkzeug.datastructures import MultiDict

from tests.conftest import PASSWORD
from tests.faults.conftest import Stage
from tests.faults.processes import Forker, is_dead, wait_until
from tests.page import Form, Page, Visitor
from tests.servers_tools import free_port

LIST, NEW = "/projects/pay/tickets", "/projects/pay/tickets/new"
FIELDS = {"subject": "改订单状态", "description": "修复", "sql": "UPDATE t SET a = 1 WHERE b = 2"}
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class HttpClient:
    """What tests.page needs of a client, over a real connection.

    port: that of the server, or of a proxy before it; it may be changed at any time.
    """

    def __init__(self, port: int, seconds: float = 30.0):
        self.port, self._seconds = port, seconds
        self._session = requests.Session()

    def get(self, path: str, query_string=None, follow_redirects: bool = False):
        return self._ask("GET", path, params=query_string, allow_redirects=follow_redirects)

    def post(self, path: str, data=None, content_type: str = ""):
        pairs = list(MultiDict(data).items(multi=True))
        if content_type.startswith("multipart"):
            files = [(name, value if isinstance(value, tuple) else (None, value))
                     for name, value in pairs]  # fmt: skip
            return self._ask("POST", path, files=files, allow_redirects=False)
        return self._ask("POST", path, data=pairs, allow_redirects=False)

    def _ask(self, method: str, path: str, **options):
        # A connection of its own each time: a cut one must not be found by the next request.
        options["headers"] = {"Connection": "close"}
        url = f"http://127.0.0.1:{self.port}{path}"
        answer = self._session.request(method, url, timeout=self._seconds, **options)
        return SimpleNamespace(
            status_code=answer.status_code,
            text=answer.text,
            headers=answer.headers,
            mimetype=answer.headers["Content-Type"].partition(";")[0],
            request=SimpleNamespace(path=urlsplit(answer.url).path),
            get_data=lambda as_text=True: answer.text,
        )


class Web:
    """`python wsgi.py` on the stage's database; it may be killed and started again."""

    def __init__(self, stage: Stage, entrances: Forker, folder):
        self.stage, self._entrances = stage, entrances
        self.port, self.log = free_port(), folder / "web.log"
        self.pid = 0

    def start(self, **settings: str) -> Web:
        """settings: PORTAL_ settings of its own."""
        own = {"PORT": str(self.port), "SECURE_COOKIES": "0", "DELIVER_SECONDS": "3600"} | settings
        environment = self.stage.environment | {f"PORTAL_{k}": v for k, v in own.items()}
        self.pid = self._entrances.start(environment, self.log, self.stage.rule, command="web")
        wait_until(self.answers, "the portal serves")
        return self

    def answers(self) -> bool:
        assert not is_dead(self.pid), self.log.read_text()[-3000:]
        try:
            requests.get(f"http://127.0.0.1:{self.port}/login", timeout=5)
        except requests.ConnectionError:
            return False
        return True

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        wait_until(lambda: is_dead(self.pid), "the web process is dead")

    def visitor(self, username: str = "creator", port: int | None = None) -> Visitor:
        """Somebody who has signed in by the real form. port: of a proxy."""
        client = HttpClient(self.port)
        page = client.get("/login").text
        fields = {"csrf_token": _TOKEN.search(page).group(1), "username": username}
        answer = client.post("/login", fields | {"password": PASSWORD})
        assert answer.status_code == 302, answer.text
        client.port = port or self.port
        return Visitor(self.stage.world.app, client)


@pytest.fixture
def web(stage, entrances, tmp_path):
    """A portal to be started. Nothing is delivered by it: what it leaves is looked at first."""
    served = Web(stage, entrances, tmp_path)
    yield served
    entrances.end_all()
    if served.log.is_file():
        print(served.log.read_text()[-20000:])


def filled(visitor: Visitor) -> Form:
    """The form of a new ticket, ready to be sent."""
    return visitor.get(NEW).form(has="subject").fill(**FIELDS).without_files()


def attempt(send: Callable[[], Page]) -> Page | None:
    """The page that came; None when the connection ended without an answer."""
    try:
        return send()
    except (requests.ConnectionError, requests.Timeout):
        return None
