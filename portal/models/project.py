"""Projects and who belongs to them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import db
from portal.kit.clock import UtcDateTime, utc_now
from portal.models.columns import enum_column
from portal.models.member import Member


class ProjectRole(StrEnum):
    MANAGER = "manager"
    MEMBER = "member"


class Project(db.Model):
    """name: the slug in URLs. title: what people read.

    im_execute: the execute step is asked on the platforms, too. confirm_schedule: its assignees
    are asked once more just before a scheduled run. coding_project: the CODING project that
    its problem SQL is pushed to by default.
    """

    __tablename__ = "project"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    next_ticket_number: Mapped[int] = mapped_column(default=1)
    im_execute: Mapped[bool] = mapped_column(default=True)
    confirm_schedule: Mapped[bool] = mapped_column(default=False)
    coding_project: Mapped[str] = mapped_column(String(128), default="")

    memberships: Mapped[list[ProjectMember]] = relationship(
        back_populates="project", cascade="all, delete-orphan"
    )


class ProjectMember(db.Model):
    """Somebody's place in a project."""

    __tablename__ = "project_member"
    __table_args__ = (UniqueConstraint("project_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    role: Mapped[ProjectRole] = mapped_column(
        enum_column(ProjectRole), default=ProjectRole.MEMBER
    )

    project: Mapped[Project] = relationship(back_populates="memberships")
    member: Mapped[Member] = relationship(lazy="joined")  # read for its name, always
