"""The databases that tickets are for."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import db
from portal.models.columns import LongText, enum_column
from portal.models.project import Project


class DbType(StrEnum):
    MYSQL = "mysql"
    POSTGRESQL = "postgresql"
    SQLITE = "sqlite"


class DataSource(db.Model):
    """host and port are empty for SQLite, whose `database` is a file."""

    __tablename__ = "datasource"
    __table_args__ = (UniqueConstraint("project_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    name: Mapped[str] = mapped_column(String(64))
    db_type: Mapped[DbType] = mapped_column(enum_column(DbType))
    host: Mapped[str] = mapped_column(String(255), default="")
    port: Mapped[int | None]
    username: Mapped[str] = mapped_column(String(128), default="")
    password_encrypted: Mapped[str] = mapped_column(LongText, default="")
    database: Mapped[str] = mapped_column(String(255), default="")

    project: Mapped[Project] = relationship()
