"""A project's approval flow: 0-4 audit steps, then exactly one execute step."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import db
from portal.kit.clock import UtcDateTime, utc_now
from portal.models.columns import enum_column
from portal.models.member import Member


class StepKind(StrEnum):
    AUDIT = "audit"
    EXECUTE = "execute"


class Flow(db.Model):
    """max_level: the worst finding level that a ticket of this project may have."""

    __tablename__ = "flow"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"), unique=True)
    max_level: Mapped[str] = mapped_column(String(16), default="error")
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    steps: Mapped[list[FlowStep]] = relationship(
        back_populates="flow", cascade="all, delete-orphan", order_by="FlowStep.position"
    )


class FlowStep(db.Model):
    """position counts from 1."""

    __tablename__ = "flow_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    flow_id: Mapped[int] = mapped_column(ForeignKey("flow.id"), index=True)
    position: Mapped[int]
    kind: Mapped[StepKind] = mapped_column(enum_column(StepKind))
    description: Mapped[str] = mapped_column(String(255), default="")

    flow: Mapped[Flow] = relationship(back_populates="steps")
    assignees: Mapped[list[FlowAssignee]] = relationship(
        cascade="all, delete-orphan", order_by="FlowAssignee.id"
    )


class FlowAssignee(db.Model):
    """One of the 1-3 people who may decide a step."""

    __tablename__ = "flow_assignee"
    __table_args__ = (UniqueConstraint("step_id", "member_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("flow_step.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))

    member: Mapped[Member] = relationship()
