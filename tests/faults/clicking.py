"""Two web processes of a stage's portal, and people who press a form's button twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import requests

from portal.extensions import db
from portal.models import DataSource, DbType, OperationRecord
from tests.conftest import PASSWORD
from tests.contract.outside import Outside
from tests.faults.conftest import Stage
from tests.faults.processes import start_python, wait_until
from tests.servers_tools import free_port

GUNICORN = ("-m", "gunicorn", "-w", "2", "--threads", "4", "wsgi:app", "-b")


class Site:
    """base: its address. target: the database that its tickets write their numbers into."""

    def __init__(self, stage: Stage, base: str, target: Path):
        self.world, self.base, self.target = stage.world, base, target
        self.sandbox = stage.sandbox
        with closing(sqlite3.connect(target)) as connection:
            connection.execute("CREATE TABLE done (number INTEGER NOT NULL)")
        with self.world.rules():
            source = db.session.scalars(db.select(DataSource).filter_by(name="订单库")).one()
            source.db_type, source.database = DbType.SQLITE, str(target)
            source.host, source.port, source.username = "", None, ""
            self.source_id = source.id

    def enter(self, username: str) -> Outside:
        """Signed in by the real form."""
        person = Outside(self.base)
        assert person.sign_in(username, PASSWORD).status == 302
        return person

    def records(self, action: str) -> Counter:
        """Subject → how many of this action."""
        with self.world.rules():
            found = db.select(OperationRecord.subject).filter_by(action=action)
            return Counter(db.session.scalars(found).all())

    def ran(self) -> Counter:
        """Number → how often it was written."""
        with closing(sqlite3.connect(self.target)) as connection:
            return Counter(number for (number,) in connection.execute("SELECT number FROM done"))


def click_twice(
    person: Outside, page: str, form: str, to: str | None = None, **changes: str
) -> list[requests.Response]:
    """The form on this page, filled once and posted twice at one moment; both answers.

    to: the formaction of another button of the form.
    """
    fields = dict(person.get(page).typed(form)) | changes
    together = threading.Barrier(2, timeout=20)
    answers: list[requests.Response] = []

    def click() -> None:
        with requests.Session() as tab:
            tab.cookies.update(person.session.cookies)
            together.wait()
            url = person.base + (to or form)
            answers.append(tab.post(url, fields, allow_redirects=False, timeout=30))

    tabs = [threading.Thread(target=click) for _tab in range(2)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join(40)
    assert len(answers) == 2, "a post was not answered"
    return answers


@contextmanager
def served(stage: Stage, folder: Path) -> Iterator[Site]:
    """The stage's portal behind two processes of four threads each."""
    address = f"127.0.0.1:{free_port()}"
    targets = Path(stage.environment["PORTAL_SQLITE_DIR"])
    targets.mkdir(exist_ok=True)
    with (folder / "web.log").open("w") as log:
        environment = os.environ | stage.environment
        web = start_python(
            *GUNICORN, address, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        try:
            wait_until(lambda: _answers(f"http://{address}/login"), "gunicorn answers", 60)
            yield Site(stage, f"http://{address}", targets / "target.db")
        finally:
            os.killpg(web.pid, signal.SIGKILL)  # the workers too
            web.wait(10)
            print((folder / "web.log").read_text()[-20000:])


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=20).ok
    except requests.RequestException:
        return False
