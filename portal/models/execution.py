"""Runs of approved SQL on target databases, recorded statement by statement (reliability §2.5)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import db
from portal.kit.clock import UtcDateTime, utc_now
from portal.models.columns import LongText, enum_column
from portal.models.member import Member
from portal.models.ticket import Ticket, TicketStep, TicketTask


class RunState(StrEnum):
    """QUEUED    no process has taken it up; nothing was sent
    RUNNING   a process works on it, and says so again and again (beat_at)
    ORPHANED  its process or its connection is gone; what became of it is being looked for
    FINISHED, FAILED  surely
    UNKNOWN   nobody but a person can tell what became of some statement
    RETURNED  surely nothing was sent: the ticket waits for execution again
    """

    QUEUED = "queued"
    RUNNING = "running"
    ORPHANED = "orphaned"
    FINISHED = "finished"
    FAILED = "failed"
    UNKNOWN = "unknown"
    RETURNED = "returned"


class StatementState(StrEnum):
    """STARTED it may be on the wire; the others say what became of it. Not begun: no row."""

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    ROLLED_BACK = "rolled_back"
    UNKNOWN = "unknown"


class ExecutionRun(db.Model):
    """One run of a whole ticket. number counts the runs of a ticket.

    live_key: "<ticket id>" until the run has ended, then NULL: the database allows one at a time.
    token: grows with each claim, so that a process that was thought dead cannot go on.
    problem: what a person has to know, in plain words.
    """

    __tablename__ = "execution_run"
    __table_args__ = (
        UniqueConstraint("ticket_id", "number"),
        Index("ix_execution_run_due", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    step_id: Mapped[int] = mapped_column(ForeignKey("ticket_step.id"))
    number: Mapped[int]
    live_key: Mapped[str | None] = mapped_column(String(32), unique=True)
    state: Mapped[RunState] = mapped_column(enum_column(RunState), default=RunState.QUEUED)
    token: Mapped[int] = mapped_column(default=0)
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    beat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    orphaned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    host: Mapped[str] = mapped_column(String(255), default="")
    abort_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    abort_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    problem: Mapped[str] = mapped_column(LongText, default="")

    ticket: Mapped[Ticket] = relationship()
    step: Mapped[TicketStep] = relationship()
    started_by: Mapped[Member | None] = relationship(foreign_keys=[started_by_id])
    abort_by: Mapped[Member | None] = relationship(foreign_keys=[abort_by_id])
    tasks: Mapped[list[TaskRun]] = relationship(
        back_populates="run", cascade="all, delete-orphan", order_by="TaskRun.id"
    )


class TaskRun(db.Model):
    """One data source's share of a run; its row is made when its turn comes.

    server_id: the session's id on the target, once there is one; server_identity: of the server
    itself, so that no other one is asked what became of it. transaction_id: PostgreSQL's,
    by which it can be asked later whether it was committed. committing_at: noted before COMMIT
    was sent. is_transaction: its statements take effect together or not at all.
    """

    __tablename__ = "execution_task"
    __table_args__ = (UniqueConstraint("run_id", "task_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("execution_run.id"))
    task_id: Mapped[int] = mapped_column(ForeignKey("ticket_task.id"), index=True)
    state: Mapped[RunState] = mapped_column(enum_column(RunState), default=RunState.RUNNING)
    is_transaction: Mapped[bool] = mapped_column(default=False)
    server_id: Mapped[str] = mapped_column(String(64), default="")
    server_identity: Mapped[str] = mapped_column(String(128), default="")
    transaction_id: Mapped[str] = mapped_column(String(64), default="")
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    committing_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    problem: Mapped[str] = mapped_column(LongText, default="")

    run: Mapped[ExecutionRun] = relationship(back_populates="tasks")
    task: Mapped[TicketTask] = relationship()
    statements: Mapped[list[StatementRun]] = relationship(
        cascade="all, delete-orphan", order_by="StatementRun.position"
    )


class StatementRun(db.Model):
    """What became of one statement. rows: None where the server counts none. seconds: of its run.

    settled_as: done or not_done, where a person has looked at the server and said so.
    """

    __tablename__ = "execution_statement"
    __table_args__ = (UniqueConstraint("task_run_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    task_run_id: Mapped[int] = mapped_column(ForeignKey("execution_task.id"))
    position: Mapped[int]
    state: Mapped[StatementState] = mapped_column(
        enum_column(StatementState), default=StatementState.STARTED
    )
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seconds: Mapped[float | None]
    rows: Mapped[int | None] = mapped_column(BigInteger)
    code: Mapped[str] = mapped_column(String(64), default="")
    message: Mapped[str] = mapped_column(LongText, default="")
    settled_as: Mapped[str] = mapped_column(String(16), default="")
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    settled_by: Mapped[Member | None] = relationship()
