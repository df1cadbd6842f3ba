"""Column types that the tables share."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Enum, Text, TypeDecorator
from sqlalchemy.dialects import mysql


class LongText(TypeDecorator):
    """Text of any length: MySQL's TEXT ends at 64 kB, and tickets hold up to 2 MiB of SQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect):
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.LONGTEXT())
        return dialect.type_descriptor(Text())


def enum_column(kind: type[StrEnum]) -> Enum:
    """A StrEnum stored by its value as plain text, so that a new member needs no migration."""
    return Enum(
        kind,
        native_enum=False,
        length=32,
        create_constraint=False,
        values_callable=lambda members: [member.value for member in members],
    )
