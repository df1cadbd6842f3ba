"""Who did what: append only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import db
from portal.kit.clock import UtcDateTime, utc_now
from portal.models.member import Member


class OperationRecord(db.Model):
    """actor_id is empty for what the portal itself did. subject: e.g. "ticket:default/12"."""

    __tablename__ = "operation_record"
    __table_args__ = (Index("ix_operation_record_subject", "subject", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    ip: Mapped[str] = mapped_column(String(64), default="")
    action: Mapped[str] = mapped_column(String(48), index=True)
    subject: Mapped[str] = mapped_column(String(160), default="")
    details: Mapped[dict] = mapped_column(JSON, default=dict)

    actor: Mapped[Member | None] = relationship()
