"""Which PostgreSQL server this is."""

from __future__ import annotations

import psycopg

# From the best to the least: what this version has, and this role may ask. The system identifier
# is of the cluster, and copies have it too; a copy that began to write has a timeline of its own.
_IDENTITIES = (
    """
    SELECT system_identifier || '/' || CASE WHEN pg_is_in_recovery() THEN 'standby'
        ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END
    FROM pg_control_system()""",
    "SELECT system_identifier::text FROM pg_control_system()",
    # Another one after a restart: nobody can tell then, which is no lie.
    """
    SELECT extract(epoch FROM pg_postmaster_start_time())::text || '@'
        || coalesce(host(inet_server_addr()) || ':' || inet_server_port(), '')""",
)


def server_identity(connection: psycopg.Connection) -> str:
    """Another one on every other server, and after a failover. Outside of a transaction only."""
    *better, last = _IDENTITIES
    for query in better:
        try:
            return connection.execute(query).fetchone()[0]
        except psycopg.Error:
            if connection.broken:
                raise
    return connection.execute(last).fetchone()[0]
