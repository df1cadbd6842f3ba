"""Audit rules that a project has switched off or given another level (审核规则模板)."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import db


class RuleSetting(db.Model):
    """rule: its id in sqlaudit. level: notice, warn, error or off. No row: as the rule says."""

    __tablename__ = "rule_setting"
    __table_args__ = (UniqueConstraint("project_id", "rule"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.id"))
    rule: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(16))
