"""A stage for faults: one company, one sandbox process, as many job processes as a test wants."""

from __future__ import annotations

import contextlib
import re
import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from portal.domain import ledger
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import AppHealth, Delivery, DeliveryState
from tests.faults.databases import PortalDatabase, fresh
from tests.faults.goals import IS_LONG
from tests.faults.judge import Numbers, judge
from tests.faults.processes import Forker, NotInTime, SandboxProcess, holds_for
from tests.platforms import DINGTALK, PLATFORMS, addresses
from tests.servers import mariadb_server, postgresql_server
from tests.world import TWO_STEPS, Sandbox, World

__all__ = ["mariadb_server", "postgresql_server"]

# A test takes `stage` for DingTalk; with this mark it is played on each platform, and with
# "both" on a world in which every step has a card in each.
ON_EACH = pytest.mark.parametrize("stage", sorted(PLATFORMS), indirect=True)
ON_BOTH = pytest.mark.parametrize("stage", ["both"], indirect=True)
# The portal's own database is SQLite, unless a test asks for a server, or for each of the three.
SERVERS = ("postgresql", "mariadb")
ON_SERVERS = pytest.mark.parametrize("database", SERVERS, indirect=True)
ON_DATABASES = pytest.mark.parametrize("database", ["sqlite", *SERVERS], indirect=True)
# On SQLite, and in the long form on the servers, too.
ON_DATABASES_AT_NIGHT = pytest.mark.parametrize(
    "database", ["sqlite", *(SERVERS if IS_LONG else [])], indirect=True
)
ONE_STEP = (("lead", "owner"),)
TOKEN = DINGTALK.token
# The least lease that goes with HTTP_TIMEOUT=1.
LEASE = 15

# The exit status of a run in which nothing failed but what did not come in time: see run.sh.
ONLY_LATE = 7
LATE = pytest.StashKey[int]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed and isinstance(call.excinfo.value, NotInTime):
        item.config.stash[LATE] = item.config.stash.get(LATE, 0) + 1
    return report


def pytest_sessionfinish(session):
    if session.testsfailed and session.config.stash.get(LATE, 0) == session.testsfailed:
        session.exitstatus = ONLY_LATE


class Stage:
    """A portal's database, its workers, and the far side.

    rule: the one that the workers are without (see sabotaged.py); None in a fault test.
    database: the portal's own, where it is on a server.
    """

    def __init__(
        self, world: World, database: PortalDatabase | None, environment, forkers: dict, log
    ):
        self.world, self.sandbox = world, world.sandbox
        self.database = database
        self.environment = environment
        self.platform = world.platforms[0] if world.platforms else None
        self.rule: str | None = None
        self._forkers, self._log = forkers, log
        self.tickets: list[int] = []

    def worker(self, **settings: str) -> int:
        """One more job process; answers its pid. settings: PORTAL_ settings of its own."""
        own = {f"PORTAL_{name}": value for name, value in settings.items()}
        forker = self._forkers[self.rule is not None]
        return forker.start(self.environment | own, self._log, self.rule)

    def end_workers(self) -> None:
        """Kill all of them."""
        for forker in self._forkers.values():
            forker.end_all()

    def log(self) -> str:
        """What the workers have said so far."""
        return self._log.read_text() if self._log.exists() else ""

    def file(self, count: int = 1) -> list[int]:
        """File so many tickets; their first steps want a card each."""
        filed = [self.world.file() for _number in range(count)]
        self.tickets += filed
        return filed

    def warm(self) -> None:
        """Template and people are known already, so that a delivery is a start and no more."""
        self.file()
        self.world.deliver()
        self.sandbox.control("calls", method="DELETE")

    def starts(self) -> list[dict]:
        """Every call over there that asked for a card."""
        paths = [re.compile(one.start) for one in self.world.platforms]
        return [
            call
            for call in self.sandbox.calls()
            if call["method"] == "POST" and any(path.search(call["path"]) for path in paths)
        ]

    def fault_on_start(self, kind: str, **fields) -> dict:
        return self.sandbox.fault(kind, self.platform.start, method="POST", **fields)

    def outcomes(self) -> list[str]:
        """What has become of every card over there, oldest first."""
        return [self.world.outcome(card) for card in self.sandbox.cards()]

    def hits(self, fault: dict) -> int:
        """How many requests this fault has hit so far."""
        faults = self.sandbox.control("faults")["faults"]
        return next(one["hits"] for one in faults if one["id"] == fault["id"])

    def count(self, *conditions) -> int:
        """How many deliveries are so."""
        with self.world.app.app_context():
            db.session().read_only()
            query = db.select(db.func.count(Delivery.id)).where(*conditions)
            return db.session.scalar(query)

    def health(self) -> AppHealth | None:
        with self.world.app.app_context():
            db.session().read_only()
            return db.session.scalar(db.select(AppHealth))

    def hurry(self, pauses: bool = True) -> None:
        """What waits for its next try is due now; leases and the age of doubts stay as they are.

        Many rows at once, so that it may get into the workers' way: then it is left for the next.
        """
        with contextlib.suppress(OperationalError), self.world.app.app_context():
            now = database_now(db.session)
            db.session.execute(
                db.update(Delivery)
                .where(Delivery.state == DeliveryState.QUEUED, Delivery.due_at > now)
                .values(due_at=now)
            )
            if pauses:
                db.session.execute(
                    db.update(AppHealth)
                    .where(AppHealth.paused_until > now)
                    .values(paused_until=now)
                )
            db.session.commit()

    def is_writable(self) -> bool:
        """Whether nobody holds SQLite's only writer's place, or any row of a server's."""
        if self.database is not None:
            return self.database.is_idle()
        connection = sqlite3.connect(self.world.database_file, timeout=0.3, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        finally:
            connection.close()
        return True

    def retry_set_aside(self) -> int:
        """Rows on which three workers in a row died wait for a person, who presses 重试."""
        with self.world.rules():
            rows = db.session.scalars(
                db.select(Delivery).filter_by(state=DeliveryState.FAILED, last_code="crashed")
            ).all()
            for row in rows:
                ledger.retry(row, self.world.member("boss"))
            return len(rows)

    def is_drained(self) -> bool:
        """Nothing is left to be sent."""
        return not self.count(Delivery.state.in_((DeliveryState.QUEUED, DeliveryState.SENDING)))

    def drain(self, seconds: float = 20.0) -> None:
        """Let the workers come to an end, without waiting for the retry curve.

        Workers without a rule may never come to one: they get a few seconds.
        """

        def goes_on() -> bool:
            self.hurry()
            return not self.is_drained()

        if holds_for(goes_on, seconds if self.rule is None else 5.0) and self.rule is None:
            raise NotInTime(f"not drained within {seconds:g} s")

    def judge(self) -> Numbers:
        return judge(self.world, self.tickets)


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory):
    process = SandboxProcess(tmp_path_factory.mktemp("sandbox") / "store.db")
    yield process
    process.end()


@pytest.fixture(scope="session")
def forkers():
    """By whether their workers lack a rule."""
    made = {False: Forker("tests.faults.worker"), True: Forker("tests.faults.sabotaged")}
    yield made
    for forker in made.values():
        forker.end()


@pytest.fixture(scope="session")
def entrances():
    """Forks whole commands: see entrances.py."""
    forker = Forker("tests.faults.entrances")
    yield forker
    forker.end()


@pytest.fixture
def sandbox(sandbox_process) -> Sandbox:
    sandbox = Sandbox(sandbox_process.base)
    sandbox.reset()
    sandbox.control("rules", {"withdraw_after": 0.5})
    return sandbox


@pytest.fixture
def database(request, tmp_path_factory) -> PortalDatabase | None:
    """The portal's database on a server; None where it is the file of an ordinary test."""
    kind = getattr(request, "param", "sqlite")
    if kind == "sqlite":
        return None
    server = request.getfixturevalue(f"{kind}_server")
    return fresh(server, tmp_path_factory.getbasetemp())


@pytest.fixture
def environment(sandbox, database) -> dict[str, str]:
    own = {"DATABASE_URL": database.url()} if database else {}
    return own | addresses(sandbox.base) | {
        "HTTP_TIMEOUT": "1",
        "SETTLE_SECONDS": "1.5",
        "LOOK_AGAIN_SECONDS": "0",
        "DELIVER_SECONDS": "0.25",
        "SWEEP_SECONDS": "60",
        "DINGTALK_WITHDRAW_SECONDS": "0.7",
        "FEISHU_STARTS_A_MINUTE": "100000",
        "DINGTALK_CALLS_A_SECOND": "100000",
        "DINGTALK_MONTHLY_CALLS": "1000000",  # days of polls are made within a minute
    }


@pytest.fixture
def stage(request, app, database, sandbox, password_hash, environment, forkers, tmp_path):
    name = getattr(request, "param", "dingtalk")
    world = World(app, sandbox, [one for one in PLATFORMS.values() if name in {one.name, "both"}])
    # One step is enough where a race is about one decision: no second card is then started.
    steps = ONE_STEP if name == "both" else TWO_STEPS
    world.settle_in(password_hash, steps, im_execute=name != "both")
    world.prepare()
    world.match()  # nobody is looked for but by the cards of a test
    config = app.config
    shared = environment | {
        "DATABASE_URL": config["SQLALCHEMY_DATABASE_URI"],
        "SECRET_KEY": config["SECRET_KEY"],
        "ENCRYPTION_KEYS": ",".join(config["ENCRYPTION_KEYS"]),
        "LOG_LEVEL": "WARNING",
    }
    log = tmp_path / "workers.log"
    yield Stage(world, database, {f"PORTAL_{k}": v for k, v in shared.items()}, forkers, log)
    for forker in forkers.values():
        forker.end_all()
    if log.exists():
        print(log.read_text()[-80000:])
