"""What a MySQL or MariaDB server tells an account about itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pymysql

from portal.kit.databases.facts import NEEDED, ServerFacts
from portal.kit.databases.mysql.asking import NAME, ask, first, rows
from portal.kit.databases.mysql.connecting import connect
from portal.kit.databases.target import Limits, Target

LISTED = 200  # databases
# What follows TO is left alone: MariaDB shows the password's hash there.
_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?P<scope>\S+) TO ", re.DOTALL)
_COLUMNS = re.compile(r"\s*\([^)]*\)")
_EVERYTHING = "ALL PRIVILEGES"


def look(target: Target, limits: Limits) -> ServerFacts:
    """Raises TargetError."""
    database = target.schema or target.database
    return ask(target, connect(target, NAME, limits), lambda one: _facts(one, database))


def _facts(connection: pymysql.Connection, database: str) -> ServerFacts:
    grants = [_Grant.read(row[0]) for row in rows(connection, "SHOW GRANTS")]
    grants = [grant for grant in grants if grant is not None and grant.rights != ["USAGE"]]
    held = {right for grant in grants if grant.covers(database) for right in grant.rights}
    is_superuser = any(
        grant.scope == "*.*" and {_EVERYTHING, "SUPER"} & set(grant.rights) for grant in grants
    )
    is_closed = first(connection, "SELECT @@global.read_only") not in {"0", "OFF", "NO_LOCK"}
    may_write = is_superuser or {"READ_ONLY ADMIN", "READ ONLY ADMIN"} & held
    status = rows(connection, "SHOW SESSION STATUS LIKE 'Ssl_cipher'")
    databases = [row[0] for row in rows(connection, "SHOW DATABASES")]
    return ServerFacts(
        version=first(connection, "SELECT VERSION()"),
        account=first(connection, "SELECT CURRENT_USER()"),
        is_encrypted=bool(status and status[0][1]),
        is_superuser=is_superuser,
        is_read_only=is_closed and not may_write,
        rights=[f"{', '.join(grant.rights)}（{grant.scope}）" for grant in grants],
        missing=[] if _EVERYTHING in held else [one for one in NEEDED if one not in held],
        databases=databases[:LISTED],
    )


@dataclass(frozen=True)
class _Grant:
    rights: list[str]
    scope: str  # *.*, db.*, db.table, without quotes

    @classmethod
    def read(cls, line: str) -> _Grant | None:
        """None for lines about roles and proxies, which name no object."""
        found = _GRANT.match(line)
        if found is None or found["rights"] == "PROXY":
            return None
        rights = [one.strip().upper() for one in _COLUMNS.sub("", found["rights"]).split(",")]
        return cls(rights, found["scope"].replace("`", ""))

    def covers(self, database: str) -> bool:
        """Whether it holds for all of this database. Its name may hold LIKE's signs."""
        if self.scope == "*.*":
            return True
        name, _, table = self.scope.rpartition(".")
        signs = {r"\_": "_", r"\%": "%", "_": ".", "%": ".*"}
        pattern = re.sub(
            r"\\[_%]|.", lambda one: signs.get(one[0], re.escape(one[0])), name, flags=re.DOTALL
        )
        return table == "*" and re.fullmatch(pattern, database, re.IGNORECASE) is not None
