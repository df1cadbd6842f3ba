"""Time that is said to have passed: columns set back, in the words of each database."""

from __future__ import annotations

from sqlalchemy import Connection, text

# Dates of the year 9000 and later say "never".
_SET_BACK = {
    "sqlite": "UPDATE {table} SET {column} = strftime('%Y-%m-%d %H:%M:%f', {column},"
    " '{change:+} seconds') || '000' WHERE substr({column}, 1, 4) < '9000'",
    "postgresql": "UPDATE {table} SET {column} = {column} - interval '{seconds} seconds'"
    " WHERE {column} < '9000-01-01'",
    "mysql": "UPDATE {table} SET {column} = {column} - INTERVAL {seconds} SECOND"
    " WHERE {column} < '9000-01-01'",
}


def set_back(connection: Connection, table: str, column: str, seconds: float) -> None:
    """What this column says of every row was so much earlier; later, with fewer than none."""
    values = {"table": table, "column": column, "seconds": seconds, "change": -seconds}
    connection.execute(text(_SET_BACK[connection.dialect.name].format_map(values)))
