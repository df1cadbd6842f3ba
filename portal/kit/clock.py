"""Time: UTC in the database, the database's own clock for due times and leases."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, TypeDecorator, text
from sqlalchemy.dialects import mysql

_NOW = {
    "sqlite": text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"),
    "postgresql": text("SELECT clock_timestamp() AT TIME ZONE 'UTC'"),
    "mysql": text("SELECT utc_timestamp(6)"),
    "mariadb": text("SELECT utc_timestamp(6)"),
}


class UtcDateTime(TypeDecorator):
    """An aware UTC datetime in Python; a naive UTC one, to the microsecond, in the database."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect):
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value, dialect):
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no place in the database")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value, dialect):
        return None if value is None else value.replace(tzinfo=UTC)


def utc_now() -> datetime:
    """This machine's time. For anything due or leased use `database_now`."""
    return datetime.now(UTC)


def database_now(session) -> datetime:
    """The database's time, aware UTC: one clock for all nodes (R3 of the delivery protocol)."""
    value = session.execute(_NOW[session.get_bind().dialect.name]).scalar_one()
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC)


def local(value: datetime, zone: str) -> datetime:
    """The same instant in this zone."""
    return value.astimezone(ZoneInfo(zone))
