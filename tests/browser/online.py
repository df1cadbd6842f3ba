"""Tickets of the company that were put online: the served portal's own clock ran their SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from portal.domain import running, schedules, states, tickets
from portal.extensions import db
from portal.kit.clock import utc_now
from portal.models import (
    DataSource,
    DbType,
    ExecutionRun,
    Project,
    RunState,
    StatementRun,
    StatementState,
    TaskRun,
    TicketStatus,
)
from tests.browser.staff import add_project
from tests.browser.waiting import until, waiting_cards
from tests.world import World

STEPS = (("lead",), ("operator",))
SHOP = """
CREATE TABLE stock (id INTEGER PRIMARY KEY, n INTEGER NOT NULL);
INSERT INTO stock VALUES (1, 10), (2, 20), (3, 30);
"""
UPDATE = "UPDATE stock SET n = n + 1 WHERE id = 1"
MANY = ";\n".join(f"UPDATE stock SET n = n + {n} WHERE id = {n % 3 + 1}" for n in range(12))
LONG_NAME = "stock_of_the_year_2026_that_nobody_has_ever_made_" * 3
WRONG = f"{UPDATE};\nUPDATE {LONG_NAME} SET n = 0 WHERE id = 2;\nDELETE FROM stock WHERE id = 3"
ALTERS = """ALTER TABLE orders ADD COLUMN paid_at DATETIME NULL COMMENT '付款时间';
ALTER TABLE orders ADD INDEX idx_paid_at (paid_at);
UPDATE orders SET paid_at = updated_at WHERE state = 2 AND paid_at IS NULL"""
LATER = {
    "tomorrow": timedelta(days=1),
    "soon": timedelta(minutes=14),
    "shortly": timedelta(seconds=8),
    "now": timedelta(seconds=2),
}


def count(seconds: float) -> str:
    """An UPDATE of `stock` that keeps SQLite busy for about so long."""
    steps = int(seconds * 4_000_000)
    return (
        "UPDATE stock SET n = n + 1 WHERE id = 2 AND (WITH RECURSIVE c(x) AS "
        f"(SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < {steps}) SELECT count(x) FROM c) > 0"
    )


class Online:
    """The projects `shop` and `night`, whose scheduled runs are asked about again.

    Each has the data sources 库存库 and 历史库, which are files, and 总账库, which nobody reaches.
    """

    def __init__(self, world: World, keep: Callable[[str, int], None]):
        """keep(name, ticket id): so that the pages' list finds the ticket."""
        self.world, self._keep = world, keep
        folder = Path(world.app.config["SQLITE_DIR"])
        folder.mkdir(parents=True, exist_ok=True)
        self.stock_file = folder / "stock.db"
        for file in (self.stock_file, folder / "history.db"):
            with closing(sqlite3.connect(file)) as connection:
                connection.executescript(SHOP)
        with world.rules():
            for name, title in (("shop", "线上商城"), ("night", "夜间变更")):
                project = add_project(world, name, title, STEPS, ["lead", "operator", "creator"])
                project.confirm_schedule = name == "night"
                _add_sources(project)

    def stock(self, id: int = 2) -> int:
        """What the file itself says."""
        with closing(sqlite3.connect(self.stock_file)) as connection:
            (n,) = connection.execute("SELECT n FROM stock WHERE id = ?", (id,)).fetchone()
        return n

    def ready(self, name: str, subject: str, sql: str, *more: str, project="shop") -> int:
        """A ticket that waits to be put online; more: further data sources with the same SQL.

        The first data source is 库存库, unless the SQL is about orders.
        """
        first = "总账库" if "orders" in sql else "库存库"
        with self.world.rules():
            found = db.session.scalars(db.select(Project).filter_by(name=project)).one()
            sources = {
                one.name: one
                for one in db.session.scalars(db.select(DataSource).filter_by(project_id=found.id))
            }
            tasks = [tickets.TaskDraft(sources[one], "", sql) for one in (first, *more)]
            draft = tickets.NewTicket(subject, "", self.world.nonce(), tasks)
            ticket = tickets.submit(found, self.world.member("creator"), draft)
            db.session.flush()
            assert tickets.decide(states.open_step(ticket), self.world.member("lead"), True)
            ticket_id = ticket.id
        self._keep(name, ticket_id)
        return ticket_id

    def run(self, ticket_id: int) -> None:
        """立即上线, and the end."""
        with self.world.ticket(ticket_id) as ticket:
            running.execute(ticket, self.world.member("operator"))
        self.ends(ticket_id)

    def ends(self, ticket_id: int) -> None:
        """Wait for it."""
        until(lambda: self._status(ticket_id) in {"finished", "exec_failed"})

    def schedule(self, ticket_id: int, when: str) -> None:
        with self.world.ticket(ticket_id) as ticket:
            schedules.schedule(ticket, self.world.member("operator"), utc_now() + LATER[when])

    def in_every_state(self) -> None:
        """What the pages are looked at with."""
        self._agreed_in_dingtalk()
        self.run(self.ready("run, failed", "第二条写错了表名", WRONG))
        several = self.ready("run, several", "三个数据源", WRONG, "历史库", "总账库")
        self.run(several)
        self.ready("several, to be run", "批量上线", UPDATE, "历史库")
        self.schedule(self.ready("scheduled", "明天上线", UPDATE), "tomorrow")
        asking = self.ready("asking", "等待确认", UPDATE, project="night")
        lapsed = self.ready("lapsed", "没有人确认", UPDATE, project="night")
        self.schedule(asking, "soon")
        self.schedule(lapsed, "now")
        until(lambda: self._status(lapsed) == TicketStatus.WAIT_FOR_EXECUTION)
        self._given_back()
        self._under_way()
        self.unknown("unknown", "中途断开")
        settled = self.unknown("settled", "中途断开，已核对")
        with self.world.ticket(settled) as ticket:
            running.settle(ticket, self.world.member("boss"), running.NOT_DONE)

    def _agreed_in_dingtalk(self) -> None:
        subject = "在钉钉同意上线"
        ticket_id = self.ready("run", subject, MANY)
        (card,) = until(lambda: waiting_cards(self.world, subject, "dingtalk"))
        self.world.sandbox.press(card["id"], "agree", "ding-operator")

        def is_done() -> bool:
            self.world.sweep()
            return self._status(ticket_id) == TicketStatus.FINISHED

        until(is_done)

    def _given_back(self) -> None:
        """Stopped before it began."""
        ticket_id = self.ready("given back", "还没开始就中止", UPDATE)
        with self.world.ticket(ticket_id) as ticket:
            operator = self.world.member("operator")
            running.execute(ticket, operator)
            assert running.abort(ticket, operator)

    def _under_way(self) -> None:
        """It says of itself that it is alive, for years: nobody takes it for dead."""
        ticket_id = self.ready("under way", "正在执行", MANY, "历史库")
        with self.world.ticket(ticket_id) as ticket:
            run = running.execute(ticket, self.world.member("operator"))
            run.state, run.token = RunState.RUNNING, 1
            run.started_at, run.beat_at = utc_now(), utc_now() + timedelta(days=3650)
            _begun(run, done=4)

    def unknown(self, name: str, subject: str) -> int:
        """Its process died under the second statement; the served portal finds out."""
        ticket_id = self.ready(name, subject, ALTERS)
        with self.world.ticket(ticket_id) as ticket:
            run = running.execute(ticket, self.world.member("operator"))
            run.state, run.token = RunState.ORPHANED, 1
            run.started_at = run.beat_at = run.orphaned_at = utc_now()
            _begun(run, done=1)
        until(lambda: self._status(ticket_id) == TicketStatus.EXEC_FAILED)
        return ticket_id

    def _status(self, ticket_id: int) -> TicketStatus:
        with self.world.ticket(ticket_id) as ticket:
            return ticket.status


def _begun(run: ExecutionRun, done: int) -> None:
    """Rows as the engine leaves them: so many statements done, the next one on the wire."""
    row = TaskRun(task_id=run.ticket.tasks[0].id, started_at=utc_now())
    row.statements = [
        StatementRun(
            position=position,
            started_at=utc_now(),
            state=StatementState.DONE,
            seconds=position / 30,
            rows=position,
        )
        for position in range(1, done + 1)
    ]
    row.statements.append(StatementRun(position=done + 1, started_at=utc_now()))
    run.tasks.append(row)


def _add_sources(project: Project) -> None:
    for name, file in (("库存库", "stock.db"), ("历史库", "history.db")):
        db.session.add(DataSource(project=project, name=name, db_type=DbType.SQLITE, database=file))
    address = {"host": "10.0.0.5", "port": 3306, "username": "app"}
    db.session.add(DataSource(project=project, name="总账库", db_type=DbType.MYSQL, **address))
