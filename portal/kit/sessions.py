"""Two kinds of database transaction: writing ones, and plain reading ones for GET requests.

SQLite's deferred transactions fail at once when a reader turns writer, so a write begins with
BEGIN IMMEDIATE; a read must not, since it would wait for every writer. Measured reasons:
sqlalchemy docs, "Serializable isolation / Savepoints / Transactional DDL" of the SQLite dialect.

Nobody waits for another's lock longer than LOCK_SECONDS: a page that says "busy, nothing is lost"
is better than one that hangs. MySQL's own limits are 50 s and a year, PostgreSQL has none.
"""

from __future__ import annotations

from flask_sqlalchemy.session import Session
from sqlalchemy import Engine, event

READ_ONLY = "portal_read_only"
READERS = "portal_readers"
LOCK_SECONDS = 10
_LOCK_LIMITS = {
    # A rollback of the connection's first transaction would undo it.
    "postgresql": (f"SET SESSION lock_timeout = '{LOCK_SECONDS}s'", "COMMIT"),
    "mysql": (
        f"SET SESSION innodb_lock_wait_timeout = {LOCK_SECONDS}",
        f"SET SESSION lock_wait_timeout = {LOCK_SECONDS}",
    ),
}


class PortalSession(Session):
    """A session whose connections begin as readers once `read_only()` was said."""

    def get_bind(self, *args, **kwargs):
        engine = super().get_bind(*args, **kwargs)
        if not self.info.get(READ_ONLY):
            return engine
        # One reader per engine: the session holds one connection for each bind it is given.
        readers = self.info.setdefault(READERS, {})
        if engine not in readers:
            readers[engine] = engine.execution_options(writes=False)
        return readers[engine]

    def read_only(self) -> None:
        """From the next transaction on, begin as a reader."""
        self.info[READ_ONLY] = True


def prepare(engine: Engine) -> None:
    """Let every connection of the portal's own database begin as this module says."""
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    else:
        _limit_waits(engine, _LOCK_LIMITS[engine.dialect.name])


def _limit_waits(engine: Engine, statements: tuple[str, ...]) -> None:
    @event.listens_for(engine, "connect")
    def _say(connection, _record):
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def _prepare_sqlite(engine: Engine) -> None:
    """WAL, waiting instead of failing, foreign keys, and our own BEGIN."""

    @event.listens_for(engine, "connect")
    def _pragmas(connection, _record):
        connection.isolation_level = None  # the driver sends no BEGIN of its own
        for pragma in (
            f"busy_timeout={LOCK_SECONDS * 1000}",
            "journal_mode=WAL",
            "foreign_keys=ON",
            "synchronous=FULL",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection):
        writes = connection.get_execution_options().get("writes", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
