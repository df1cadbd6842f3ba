"""Where to connect, and how long to wait for what."""

from __future__ import annotations

from dataclasses import dataclass, field

MYSQL = "mysql"
POSTGRESQL = "postgresql"
SQLITE = "sqlite"
DEFAULT_PORTS = {MYSQL: 3306, POSTGRESQL: 5432}


@dataclass(frozen=True)
class Target:
    """A database as the person who entered it knows it.

    db_type   mysql (MariaDB too), postgresql or sqlite
    port      None is the default port of db_type
    database  SQLite: the absolute path of an existing file
    schema    MySQL: the database to use instead of `database`; PostgreSQL: the only schema of
              the search path; SQLite: no meaning
    """

    db_type: str
    host: str = ""
    port: int | None = None
    username: str = ""
    password: str = field(default="", repr=False)
    database: str = ""
    schema: str = ""
    allow_loopback: bool = False

    @property
    def actual_port(self) -> int:
        """The port to connect to; 0 where there is none (SQLite)."""
        return self.port or DEFAULT_PORTS.get(self.db_type, 0)

    def __str__(self) -> str:
        if self.db_type == SQLITE:
            return self.db_type
        return f"{self.db_type} {self.host}:{self.actual_port}"


@dataclass(frozen=True)
class Limits:
    """Seconds, fractions allowed.

    connect    from the name look-up until the session can be used
    statement  one statement; the server ends it then, or we ask it to
    lock       one wait for somebody else's lock (whole seconds on MySQL, rounded up)
    """

    connect: float = 10
    statement: float = 3600
    lock: float = 30
