"""A company whose data source is a real server; its tickets run for real."""

from __future__ import annotations

import pytest

from portal import jobs, runner
from portal.domain import running, tickets
from portal.extensions import db
from portal.models import DataSource, DbType, Project
from tests.flows.conftest import environment as platform_environment
from tests.flows.conftest import sandbox, sandbox_server
from tests.platforms import DINGTALK
from tests.servers import database_server, mariadb_server, postgresql_server, sqlite_server
from tests.servers_base import DatabaseServer
from tests.world import World

__all__ = [
    "database_server",
    "mariadb_server",
    "platform_environment",
    "postgresql_server",
    "sandbox",
    "sandbox_server",
    "sqlite_server",
]
TABLE = "CREATE TABLE stock (id INTEGER PRIMARY KEY, n INTEGER NOT NULL)"
ROWS = "INSERT INTO stock (id, n) VALUES (1, 10), (2, 20), (3, 30)"


class Works:
    """A world, and the target database that its tickets change."""

    def __init__(self, world: World, server: DatabaseServer):
        self.world, self.server = world, server
        self.database = server.new_database()
        self.query(TABLE)
        self.query(ROWS)
        self.source_id = self.add_source("目标库", self.database)

    def query(self, sql: str, database: str = "") -> list[tuple]:
        """What the server itself says, asked by the bare driver."""
        return self.server.query(database or self.database, sql)

    def stock(self) -> dict[int, int]:
        """The target's rows: id → n."""
        return dict(self.query("SELECT id, n FROM stock ORDER BY id"))

    def add_source(self, name: str, database: str, **changes) -> int:
        """A data source of the project that leads to a database of the server."""
        with self.world.rules():
            target = self.server.target(database, **changes)
            box = self.world.app.extensions["secret_box"]
            source = DataSource(
                project=db.session.scalars(db.select(Project).filter_by(name="pay")).one(),
                name=name,
                db_type=DbType(target.db_type),
                host=target.host,
                port=target.port,
                username=target.username,
                password_encrypted=box.encrypt(target.password) if target.password else "",
                database=target.database,
            )
            db.session.add(source)
            db.session.flush()
            return source.id

    def file(self, sql: str, *more: tuple[int, str]) -> int:
        """A ticket for the target; more: (data source id, SQL) of further tasks. Its id."""
        with self.world.rules():
            project = db.session.scalars(db.select(Project).filter_by(name="pay")).one()
            drafts = [
                tickets.TaskDraft(db.session.get_one(DataSource, source_id), "", text)
                for source_id, text in ((self.source_id, sql), *more)
            ]
            draft = tickets.NewTicket("改库存", "盘点", self.world.nonce(), drafts)
            ticket = tickets.submit(project, self.world.member("creator"), draft)
            db.session.flush()
            return ticket.id

    def ready(self, sql: str, *more: tuple[int, str]) -> int:
        """The same, with every audit step agreed: 待上线."""
        ticket_id = self.file(sql, *more)
        for _step in range(2):
            with self.world.ticket(ticket_id) as ticket:
                step = next(one for one in ticket.steps if one.state == "open")
                assert tickets.decide(step, step.assignees[0].member, True)
        return ticket_id

    def press(self, ticket_id: int, username: str = "operator") -> None:
        """立即上线; it begins with the clock's next tick."""
        with self.world.ticket(ticket_id) as ticket:
            running.execute(ticket, self.world.member(username))

    def tick(self) -> None:
        """The clock's part: what is queued runs to its end, here and now."""
        with self.world.app.app_context():
            jobs.tend_runs()
            jobs.run_sql()

    def execute(self, sql: str, *more: tuple[int, str]) -> int:
        """Filed, agreed, pressed and run."""
        ticket_id = self.ready(sql, *more)
        self.press(ticket_id)
        self.tick()
        return ticket_id

    def story(self, ticket_id: int) -> dict:
        """What the portal says of the newest run, as plain values."""
        with self.world.ticket(ticket_id) as ticket:
            run = running.last_run(ticket)
            return {
                "status": ticket.status.value,
                "notice": ticket.notice,
                "tasks": [task.status.value for task in ticket.tasks],
                "run": run and run.state.value,
                "problem": run and run.problem,
                "statements": run
                and [
                    (one.position, one.state.value, one.rows)
                    for row in run.tasks
                    for one in row.statements
                ],
            }


@pytest.fixture
def server(database_server) -> DatabaseServer:
    """Each of the three in turn; override it for a story of one."""
    return database_server


@pytest.fixture
def environment(platform_environment, server) -> dict[str, str]:
    return platform_environment | {
        "SQLITE_DIR": str(server.folder),
        "LOCK_SECONDS": "1",
        "DINGTALK_WITHDRAW_SECONDS": "0",
    }


@pytest.fixture
def world(app, sandbox, password_hash) -> World:
    sandbox.control("rules", {"withdraw_after": 0})
    world = World(app, sandbox, [DINGTALK])
    world.settle_in(password_hash)
    world.prepare()
    return world


@pytest.fixture
def works(world, server, monkeypatch) -> Works:
    monkeypatch.setattr(runner, "WATCH_SECONDS", 0.1)
    return Works(world, server)
