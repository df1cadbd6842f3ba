"""A card on a platform: a step's, or a sample that an admin sends to themselves."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import db
from portal.kit.clock import UtcDateTime, utc_now
from portal.models.columns import LongText, enum_column
from portal.models.member import Member
from portal.models.ticket import TicketStep


class ApprovalState(StrEnum):
    QUEUED = "queued"
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    BROKEN = "broken"


class Approval(db.Model):
    """issue_number counts the cards of one step in one provider; at most one is not final.

    step: what is asked about; None for a sample, which is sent to sample_for and decides nothing.
    originator_id: external id of who the card was filed as; needed to withdraw it.
    problem: what a person has to know, in plain words. raw_state: the platform's own words.
    is_out_of_reach: it was live when its app was changed, and that app has not returned since.
    """

    __tablename__ = "approval"
    __table_args__ = (
        UniqueConstraint("step_id", "provider", "issue_number"),
        UniqueConstraint("provider", "key"),  # with both platforms on: the same key in each
        Index("ix_approval_poll", "provider", "state", "next_poll_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    step_id: Mapped[int | None] = mapped_column(ForeignKey("ticket_step.id"))
    sample_for_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    provider: Mapped[str] = mapped_column(String(16))
    issue_number: Mapped[int] = mapped_column(default=1)
    key: Mapped[str] = mapped_column(String(64))
    # "<step>:<provider>" (a sample's: "sample:<provider>") while not final, then NULL: the
    # database allows one live card at most.
    live_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    app_key: Mapped[str] = mapped_column(String(128))
    template_code: Mapped[str] = mapped_column(String(128), default="")
    external_id: Mapped[str | None] = mapped_column(String(255), index=True)
    originator_id: Mapped[str] = mapped_column(String(255), default="")
    state: Mapped[ApprovalState] = mapped_column(
        enum_column(ApprovalState), default=ApprovalState.QUEUED
    )
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_poll_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_out: Mapped[str] = mapped_column(LongText, default="")  # assignees without an account
    problem: Mapped[str] = mapped_column(LongText, default="")
    raw_state: Mapped[str] = mapped_column(String(255), default="")
    is_out_of_reach: Mapped[bool] = mapped_column(default=False)

    step: Mapped[TicketStep | None] = relationship()
    sample_for: Mapped[Member | None] = relationship(foreign_keys=[sample_for_id])
    decided_by: Mapped[Member | None] = relationship(foreign_keys=[decided_by_id])
