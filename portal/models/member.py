"""Who signs in, from where, and who they are on the other platforms."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask_login import UserMixin
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.extensions import db
from portal.kit.clock import UtcDateTime, utc_now
from portal.models.columns import enum_column


class Role(StrEnum):
    ADMIN = "admin"
    MEMBER = "member"


class Member(UserMixin, db.Model):
    """A person of this portal. phone is E.164 or empty; empty never matches anybody."""

    __tablename__ = "member"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64), default="")
    password_hash: Mapped[str] = mapped_column(String(255))
    email: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(20), default="", index=True)
    wechat_id: Mapped[str] = mapped_column(String(64), default="")
    role: Mapped[Role] = mapped_column(enum_column(Role), default=Role.MEMBER)
    is_enabled: Mapped[bool] = mapped_column(default=True)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def shown_name(self) -> str:
        """The name people know, else the user name."""
        return self.name or self.username


class Session(db.Model):
    """A signed-in browser. Only the digest of its id is kept."""

    __tablename__ = "session"

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    address: Mapped[str] = mapped_column(String(64), default="")
    agent: Mapped[str] = mapped_column(String(255), default="")

    member: Mapped[Member] = relationship()


class LoginFailure(db.Model):
    """One refused sign-in: the throttle counts these, for all workers alike."""

    __tablename__ = "login_failure"
    __table_args__ = (
        Index("ix_login_failure_account_at", "account", "at"),
        Index("ix_login_failure_address_at", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class ProviderAccount(db.Model):
    """A member's account in one app of one provider, or why it could not be found, and the cure.

    found_by: the phone or e-mail that led to it, or that led nowhere.
    matched_at: since when it is this account. found_at: when it was last seen to be.
    asked_at: when somebody last asked for a new match; match_due_at: when it may be made, None
    when it was.
    """

    __tablename__ = "provider_account"
    __table_args__ = (
        UniqueConstraint("member_id", "provider", "app_key"),
        Index("ix_provider_account_external", "provider", "app_key", "external_id"),
        Index("ix_provider_account_match", "provider", "app_key", "match_due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    provider: Mapped[str] = mapped_column(String(16))
    app_key: Mapped[str] = mapped_column(String(128))
    external_id: Mapped[str | None] = mapped_column(String(255))
    found_by: Mapped[str] = mapped_column(String(254), default="")
    matched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    found_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    problem: Mapped[str] = mapped_column(String(500), default="")
    cure: Mapped[str] = mapped_column(String(500), default="")
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    match_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    member: Mapped[Member] = relationship()
