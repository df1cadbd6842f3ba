"""What admins set: the providers' apps, and the portal's own few values."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import db
from portal.kit.clock import UtcDateTime
from portal.models.columns import LongText
from portal.models.member import Member


class ProviderSetting(db.Model):
    """One row a provider. template_code belongs to template_app_key, never to another app.

    is_tracker: it takes issues, not approvals; app_key is then its address.
    """

    __tablename__ = "provider_setting"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(16), unique=True)
    is_tracker: Mapped[bool] = mapped_column(default=False)
    is_enabled: Mapped[bool] = mapped_column(default=False)
    app_key: Mapped[str] = mapped_column(String(128), default="")
    app_secret_encrypted: Mapped[str] = mapped_column(LongText, default="")
    secret_set_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    secret_set_by_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    originator_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    template_code: Mapped[str] = mapped_column(String(128), default="")
    template_app_key: Mapped[str] = mapped_column(String(128), default="")
    template_checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checks: Mapped[list] = mapped_column(JSON, default=list)  # the last press of the test button
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    originator: Mapped[Member | None] = relationship(foreign_keys=[originator_id])
    secret_set_by: Mapped[Member | None] = relationship(foreign_keys=[secret_set_by_id])


class PortalSetting(db.Model):
    """url_prefix, record_hours, installation; and what other modules keep for all processes.

    presses:<member id> see domain.presses, polls:<provider> domain.purse, calls:<provider>
    domain.call_rate.
    """

    __tablename__ = "portal_setting"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(LongText, default="")


class ApiUsage(db.Model):
    """Counted calls of one app. month: "2026-11" in the provider's own zone."""

    __tablename__ = "api_usage"
    __table_args__ = (UniqueConstraint("provider", "month", "call"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(String(16))
    month: Mapped[str] = mapped_column(String(7))
    call: Mapped[str] = mapped_column(String(64))
    count: Mapped[int] = mapped_column(default=0)
