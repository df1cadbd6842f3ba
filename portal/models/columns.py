"""Column types that the tables share."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Enum, Text
from sqlalchemy.dialects import mysql

# MySQL's TEXT ends at 64 kB; tickets hold up to 2 MiB of SQL.
LongText = Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")


def enum_column(kind: type[StrEnum]) -> Enum:
    """A StrEnum stored by its value as plain text, so that a new member needs no migration."""
    return Enum(
        kind,
        native_enum=False,
        length=32,
        create_constraint=False,
        values_callable=lambda members: [member.value for member in members],
    )
