"""Tickets, their SQL per data source, and their steps."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import db
from portal.kit.clock import UtcDateTime, utc_now
from portal.models.columns import LongText, enum_column
from portal.models.datasource import DataSource
from portal.models.flow import StepKind
from portal.models.member import Member
from portal.models.project import Project
from portal.sqlaudit.result import Level


class TicketStatus(StrEnum):
    WAIT_FOR_AUDIT = "wait_for_audit"
    WAIT_FOR_EXECUTION = "wait_for_execution"
    EXEC_SCHEDULED = "exec_scheduled"
    EXECUTING = "executing"
    FINISHED = "finished"
    EXEC_FAILED = "exec_failed"
    CANCELED = "canceled"
    REJECTED = "rejected"


class StepState(StrEnum):
    WAITING = "waiting"
    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    EXECUTED = "executed"


class Ticket(db.Model):
    """number counts per project. position: of the open step, 0 when none is open.

    scheduled_at: when it is to run, while EXEC_SCHEDULED. asked_at, confirmed_by: the last
    question before that, and who answered yes. notice: what has last happened to it without
    anybody's doing, in plain words.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("project_id", "number"),
        UniqueConstraint("creator_id", "form_nonce"),
        Index("ix_ticket_project_status_number", "project_id", "status", "number"),
        Index("ix_ticket_project_creator_number", "project_id", "creator_id", "number"),
        Index("ix_ticket_project_created_at", "project_id", "created_at"),
        Index("ix_ticket_creator_id", "creator_id", "id"),
        Index("ix_ticket_creator_status", "creator_id", "status", "id"),
        Index("ix_ticket_status_scheduled_at", "status", "scheduled_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    number: Mapped[int]
    subject: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(LongText, default="")
    creator_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    status: Mapped[TicketStatus] = mapped_column(enum_column(TicketStatus))
    revision: Mapped[int] = mapped_column(default=1)
    position: Mapped[int] = mapped_column(default=1)
    form_nonce: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    close_reason: Mapped[str] = mapped_column(LongText, default="")
    scheduled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    scheduled_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    notice: Mapped[str] = mapped_column(LongText, default="")

    project: Mapped[Project] = relationship()
    creator: Mapped[Member] = relationship(foreign_keys=[creator_id])
    closed_by: Mapped[Member | None] = relationship(foreign_keys=[closed_by_id])
    scheduled_by: Mapped[Member | None] = relationship(foreign_keys=[scheduled_by_id])
    confirmed_by: Mapped[Member | None] = relationship(foreign_keys=[confirmed_by_id])
    tasks: Mapped[list[TicketTask]] = relationship(
        back_populates="ticket", cascade="all, delete-orphan", order_by="TicketTask.id"
    )
    steps: Mapped[list[TicketStep]] = relationship(
        back_populates="ticket",
        cascade="all, delete-orphan",
        order_by="TicketStep.revision, TicketStep.position",
    )


class TicketTask(db.Model):
    """One data source's share of a ticket. score: 0-100; pass_rate: 0-1; sql_digest: SHA-256."""

    __tablename__ = "ticket_task"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    datasource_id: Mapped[int] = mapped_column(ForeignKey("datasource.id"))
    schema: Mapped[str] = mapped_column(String(128), default="")
    sql: Mapped[str] = mapped_column(LongText)
    sql_digest: Mapped[str] = mapped_column(String(64))
    score: Mapped[float]
    pass_rate: Mapped[float]
    level: Mapped[Level] = mapped_column(enum_column(Level))
    status: Mapped[TicketStatus] = mapped_column(enum_column(TicketStatus))

    ticket: Mapped[Ticket] = relationship(back_populates="tasks")
    datasource: Mapped[DataSource] = relationship()
    statements: Mapped[list[TicketStatement]] = relationship(
        cascade="all, delete-orphan", order_by="TicketStatement.position"
    )


class TicketStatement(db.Model):
    """One statement. findings: [{"rule", "level", "message"}, ...], worst first."""

    __tablename__ = "ticket_statement"
    __table_args__ = (UniqueConstraint("task_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("ticket_task.id"))
    position: Mapped[int]
    sql: Mapped[str] = mapped_column(LongText)
    level: Mapped[Level] = mapped_column(enum_column(Level))
    findings: Mapped[list] = mapped_column(JSON, default=list)


class TicketStep(db.Model):
    """A step copied from the flow at submit. decided_via: portal, dingtalk or feishu.

    sql_digest: SHA-256 over all tasks' SQL and data sources: the very bytes that are asked about.
    """

    __tablename__ = "ticket_step"
    __table_args__ = (UniqueConstraint("ticket_id", "revision", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    revision: Mapped[int]
    position: Mapped[int]
    kind: Mapped[StepKind] = mapped_column(enum_column(StepKind))
    description: Mapped[str] = mapped_column(String(255), default="")
    state: Mapped[StepState] = mapped_column(enum_column(StepState), default=StepState.WAITING)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_via: Mapped[str] = mapped_column(String(16), default="")
    reason: Mapped[str] = mapped_column(LongText, default="")
    sql_digest: Mapped[str] = mapped_column(String(64), default="")

    ticket: Mapped[Ticket] = relationship(back_populates="steps")
    decided_by: Mapped[Member | None] = relationship()
    assignees: Mapped[list[TicketStepAssignee]] = relationship(
        cascade="all, delete-orphan", order_by="TicketStepAssignee.id"
    )


class TicketStepAssignee(db.Model):
    """Somebody who may decide this step.

    awaited_ticket_id: the step's ticket while the step is open, so that what waits for a member
    is found by an index, however much has been decided.
    """

    __tablename__ = "ticket_step_assignee"
    __table_args__ = (
        UniqueConstraint("step_id", "member_id"),
        Index("ix_ticket_step_assignee_member", "member_id", "step_id"),
        Index("ix_ticket_step_assignee_awaited", "member_id", "awaited_ticket_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("ticket_step.id"))
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    awaited_ticket_id: Mapped[int | None]

    member: Mapped[Member] = relationship()
