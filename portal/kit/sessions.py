"""Two kinds of database transaction: writing ones, and plain reading ones for GET requests.

SQLite's deferred transactions fail at once when a reader turns writer, so a write begins with
BEGIN IMMEDIATE; a read must not, since it would wait for every writer. Measured reasons:
sqlalchemy docs, "Serializable isolation / Savepoints / Transactional DDL" of the SQLite dialect.
"""

from __future__ import annotations

from flask_sqlalchemy.session import Session
from sqlalchemy import Engine, event

READ_ONLY = "portal_read_only"
READERS = "portal_readers"


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


def prepare_sqlite(engine: Engine) -> None:
    """WAL, waiting instead of failing, foreign keys, and our own BEGIN."""

    @event.listens_for(engine, "connect")
    def _pragmas(connection, _record):
        connection.isolation_level = None  # the driver sends no BEGIN of its own
        for pragma in (
            "busy_timeout=10000",
            "journal_mode=WAL",
            "foreign_keys=ON",
            "synchronous=FULL",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection):
        writes = connection.get_execution_options().get("writes", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
