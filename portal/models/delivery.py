"""The outbox: every call that changes something at a provider is a row here first."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import db
from portal.kit.clock import UtcDateTime, utc_now
from portal.models.approval import Approval
from portal.models.columns import LongText, enum_column
from portal.models.problem import ProblemIssue


class DeliveryState(StrEnum):
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    VOID = "void"


class DeliveryAction(StrEnum):
    TEMPLATE = "template"
    START = "start"
    DECIDE = "decide"
    WITHDRAW = "withdraw"
    WITHDRAW_TWIN = "withdraw_twin"
    COMMENT = "comment"
    ISSUE = "issue"


class Delivery(db.Model):
    """One thing to be done over there, once.

    approval: the card it is about; issue: the issue to be created in a tracker; both None where
    it prepares the app's approval template.
    payload holds ids only. token grows with each claim: only the holder of the newest one may
    finish the row. due_at: for a queued row when it may be claimed, for a sending one when its
    lease ends. cure: what a person can do about last_message. looked_at: when a look for what
    a try in doubt has created found nothing. twins_due_at: when the platform is asked whether what
    this one started stands there twice; None while nothing speaks for that.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_due", "state", "due_at"),
        Index("ix_delivery_twins", "twins_due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(96), unique=True)
    provider: Mapped[str] = mapped_column(String(16))
    app_key: Mapped[str] = mapped_column(String(128))
    action: Mapped[DeliveryAction] = mapped_column(enum_column(DeliveryAction))
    approval_id: Mapped[int | None] = mapped_column(ForeignKey("approval.id"), index=True)
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("problem_issue.id"), index=True)
    payload: Mapped[dict] = mapped_column(JSON, default=dict)
    state: Mapped[DeliveryState] = mapped_column(
        enum_column(DeliveryState), default=DeliveryState.QUEUED
    )
    attempts: Mapped[int] = mapped_column(default=0)
    token: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    retry_from: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    looked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    twins_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_code: Mapped[str] = mapped_column(String(128), default="")
    last_message: Mapped[str] = mapped_column(LongText, default="")
    cure: Mapped[str] = mapped_column(LongText, default="")

    approval: Mapped[Approval | None] = relationship()
    issue: Mapped[ProblemIssue | None] = relationship()
    tries: Mapped[list[DeliveryAttempt]] = relationship(
        order_by="DeliveryAttempt.id", back_populates="delivery"
    )


class DeliveryAttempt(db.Model):
    """One try, append-only.

    wire_at: committed before the first byte of the changing call leaves; with no outcome
    beside it the try is in doubt. outcome: yes, no or doubt.
    """

    __tablename__ = "delivery_attempt"
    __table_args__ = (
        UniqueConstraint("delivery_id", "token"),
        Index("ix_delivery_attempt_started", "started_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"))
    token: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    wire_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(8), default="")
    code: Mapped[str] = mapped_column(String(128), default="")
    external_id: Mapped[str | None] = mapped_column(String(255))

    delivery: Mapped[Delivery] = relationship(back_populates="tries")


class AppHealth(db.Model):
    """The breaker and the pauses of one app, shared by all nodes."""

    __tablename__ = "app_health"
    __table_args__ = (UniqueConstraint("provider", "app_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(16))
    app_key: Mapped[str] = mapped_column(String(128))
    failures: Mapped[int] = mapped_column(default=0)
    first_failure_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    openings: Mapped[int] = mapped_column(default=0)
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(32), default="")  # transport, throttle, quota, ...
    message: Mapped[str] = mapped_column(LongText, default="")


class Heartbeat(db.Model):
    """When a clock last ticked anywhere, and on which host."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    host: Mapped[str] = mapped_column(String(255), default="")
