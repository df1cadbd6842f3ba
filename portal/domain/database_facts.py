"""The portal's own database: what kind it is, how big, and which schema it has."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from portal.extensions import db

_SIZES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
    "mysql": "SELECT sum(data_length + index_length) FROM information_schema.tables"
    " WHERE table_schema = database()",
}
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB"}


@dataclass(frozen=True)
class DatabaseFacts:
    """title: as people call it. size: bytes. revision: of the schema, by Alembic."""

    title: str
    size: int
    revision: str

    @property
    def is_sqlite(self) -> bool:
        return self.title == TITLES["sqlite"]


def read() -> DatabaseFacts:
    """Two statements."""
    dialect = db.engine.dialect
    kind = "mariadb" if getattr(dialect, "is_mariadb", False) else dialect.name
    size = db.session.execute(text(_SIZES["mysql" if kind == "mariadb" else kind])).scalar_one()
    revision = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    return DatabaseFacts(TITLES[kind], int(size or 0), revision)
