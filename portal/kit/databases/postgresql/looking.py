"""What a PostgreSQL server tells a role about itself."""

from __future__ import annotations

import psycopg
from flask_babel import gettext as _
from psycopg.rows import namedtuple_row

from portal.kit.databases.facts import NEEDED, ServerFacts
from portal.kit.databases.postgresql.asking import NAME, ask
from portal.kit.databases.postgresql.connecting import connect
from portal.kit.databases.target import Limits, Target

LISTED = 200  # databases, schemas
_TABLE_RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")
_OWNER_RIGHTS = ("ALTER", "DROP", "INDEX")  # PostgreSQL grants them to nobody but owners

_SELF = """
    SELECT current_setting('server_version') AS version, current_user AS account,
           current_setting('transaction_read_only') = 'on' AS is_read_only,
           (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser,
           current_schema() AS schema,
           has_schema_privilege(current_schema(), 'CREATE') AS may_create"""
_TABLES = """
    SELECT count(*) AS tables,
           count(*) FILTER (WHERE has_table_privilege(oid, 'SELECT')) AS "SELECT",
           count(*) FILTER (WHERE has_table_privilege(oid, 'INSERT')) AS "INSERT",
           count(*) FILTER (WHERE has_table_privilege(oid, 'UPDATE')) AS "UPDATE",
           count(*) FILTER (WHERE has_table_privilege(oid, 'DELETE')) AS "DELETE",
           count(*) FILTER (WHERE pg_has_role(relowner, 'USAGE')) AS owned
    FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::text =
        quote_ident(current_schema())"""
_DATABASES = """
    SELECT datname FROM pg_database
    WHERE datallowconn AND NOT datistemplate AND has_database_privilege(oid, 'CONNECT')
    ORDER BY datname LIMIT %s"""
_SCHEMAS = """
    SELECT nspname FROM pg_namespace
    WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
      AND has_schema_privilege(oid, 'USAGE')
    ORDER BY nspname LIMIT %s"""


def look(target: Target, limits: Limits) -> ServerFacts:
    """Rights are those in the first schema of the search path. Raises TargetError."""
    return ask(target, connect(target, NAME, limits), _facts)


def _facts(connection: psycopg.Connection) -> ServerFacts:
    cursor = connection.cursor(row_factory=namedtuple_row)
    self = cursor.execute(_SELF).fetchone()
    tables = cursor.execute(_TABLES).fetchone()._asdict()
    counts = {right: tables[right] for right in _TABLE_RIGHTS}
    counts |= dict.fromkeys(_OWNER_RIGHTS, tables["owned"])
    # Who may create tables may do everything to them: with none there yet, nothing is missing.
    held = {right for right, count in counts.items() if count}
    if self.may_create:
        held |= {"CREATE"} | (set() if tables["tables"] else set(NEEDED))
    return ServerFacts(
        version=f"PostgreSQL {self.version}",
        account=self.account,
        is_encrypted=connection.pgconn.ssl_in_use,
        is_superuser=self.is_superuser,
        is_read_only=self.is_read_only,
        rights=_lines(self, counts, tables["tables"]),
        missing=[right for right in NEEDED if right not in held],
        databases=[row[0] for row in cursor.execute(_DATABASES, (LISTED,)).fetchall()],
        schemas=[row[0] for row in cursor.execute(_SCHEMAS, (LISTED,)).fetchall()],
    )


def _lines(self, counts: dict[str, int], tables: int) -> list[str]:
    schema = self.schema or "?"
    lines = [_("CREATE（模式 %(schema)s）", schema=schema)] if self.may_create else []
    for right, count in counts.items():
        if count:
            facts = {"right": right, "schema": schema, "count": count, "tables": tables}
            lines.append(_("%(right)s（模式 %(schema)s 的 %(count)d/%(tables)d 张表）", **facts))
    return lines
