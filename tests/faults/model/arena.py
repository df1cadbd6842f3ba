"""The company of the model check, put back to its first day before every run."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import event

from portal import jobs
from portal.extensions import db
from portal.models import (
    Approval,
    DataSource,
    DbType,
    FlowStep,
    ProviderSetting,
    StepKind,
)
from tests.faults.model import picture
from tests.faults.model.moments import Died, Moments, watched
from tests.faults.model.picture import Picture
from tests.platforms import PLATFORMS
from tests.world import World

# Platform → key and secret of another app of its.
SECOND_APP = {name: (f"{name}second", "second-secret") for name in PLATFORMS}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_SANDBOX_TABLES = ("document", "card", "call")


class Arena:
    """A world whose database, far side and target can be put back at once.

    store: the far side's own file.
    """

    def __init__(self, world: World, store: Path, folder: Path):
        self.world = world
        self.target = Path(world.app.config["SQLITE_DIR"]) / "target.db"
        self._database, self._store = Path(world.database_file), store
        self._first_day = folder / "first-day"
        with world.app.app_context():
            event.listen(db.engine, "connect", _without_waiting)
        self._point_to_target()
        for platform in world.platforms:
            key, secret = SECOND_APP[platform.name]
            app = {"provider": platform.name, "app_key": key, "app_secret": secret}
            world.sandbox.control("apps", app)
        self._keep()

    def _point_to_target(self) -> None:
        self.target.parent.mkdir(exist_ok=True)
        with closing(sqlite3.connect(self.target)) as connection:
            connection.execute("CREATE TABLE done (number INTEGER NOT NULL)")
        with self.world.rules():
            source = db.session.scalars(db.select(DataSource).filter_by(name="订单库")).one()
            source.db_type, source.database = DbType.SQLITE, str(self.target)
            source.host, source.port, source.username = "", None, ""

    def _keep(self) -> None:
        self._first_day.mkdir()
        self._leave_database()
        shutil.copy(self._database, self._first_day / "portal.db")
        with closing(sqlite3.connect(self._store)) as connection:
            copy = self._first_day / "sandbox.db"
            connection.execute("VACUUM INTO ?", (str(copy),))

    def reset(self, audit_steps: int, providers: Sequence[str]) -> None:
        """Everything is as it was kept, but for the flow's length and the platforms that are on."""
        self._leave_database()
        shutil.copy(self._first_day / "portal.db", self._database)
        for end in ("-wal", "-shm"):
            Path(f"{self._database}{end}").unlink(missing_ok=True)
        with closing(sqlite3.connect(self._store, timeout=10, isolation_level=None)) as connection:
            connection.execute("ATTACH ? AS kept", (str(self._first_day / "sandbox.db"),))
            connection.execute("BEGIN IMMEDIATE")
            for table in _SANDBOX_TABLES:
                connection.execute(f"DELETE FROM main.{table}")
                connection.execute(f"INSERT INTO main.{table} SELECT * FROM kept.{table}")
            connection.execute("COMMIT")
        with closing(sqlite3.connect(self.target, isolation_level=None)) as connection:
            connection.execute("DELETE FROM done")
        with self.world.rules():
            self._shorten(audit_steps)
            for one in db.session.scalars(db.select(ProviderSetting)):
                one.is_enabled = one.provider in providers

    def _shorten(self, audit_steps: int) -> None:
        """The flow's first steps, and the execute step."""
        for step in db.session.scalars(db.select(FlowStep).order_by(FlowStep.position)).all():
            if step.kind == StepKind.EXECUTE:
                step.position = audit_steps + 1
            elif step.position > audit_steps:
                db.session.delete(step)
                db.session.flush()

    def _leave_database(self) -> None:
        with self.world.app.app_context():
            db.session.remove()
            db.engine.dispose()

    def look(self, with_cards: bool = True) -> Picture:
        """All that is to be seen now."""
        return picture.take(self.world, self.target, with_cards)

    def tick(self, jobs: Sequence[str], moments: Moments | None = None) -> None:
        """A tick of each of these jobs, as one process does them; it may die at some moment."""
        with watched(moments or Moments(10**9, int, is_death=False)), suppress(Died):
            for job in jobs:
                with self.world.app.app_context():
                    JOBS[job]()


def _without_waiting(connection, _record) -> None:
    """No disk is lost here, and thousands of commits are waited for."""
    connection.execute("PRAGMA synchronous=OFF")


def _run() -> None:
    jobs.tend_runs()
    jobs.run_sql()


def _sweep_all() -> None:
    """Every pending card is due."""
    is_watched = Approval.next_poll_at.is_not(None)
    db.session.execute(db.update(Approval).where(is_watched).values(next_poll_at=LONG_AGO))
    db.session.commit()
    jobs.sweep()


JOBS: dict[str, Callable[[], object]] = {
    "deliver": jobs.deliver,
    "sweep": jobs.sweep,
    "sweep all": _sweep_all,
    "match": jobs.match,
    "run": _run,
}
