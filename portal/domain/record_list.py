"""Reading the operation records: newest first, a page at a time."""

from __future__ import annotations

from sqlalchemy.orm import joinedload

from portal.extensions import db
from portal.models import Member, OperationRecord

PAGE = 50


def page(
    before_id: int | None = None, action: str = "", actor: str = "", limit: int = PAGE
) -> list[OperationRecord]:
    """Records below this id. actor: a username, or "-" for what the portal itself did."""
    newest = db.select(OperationRecord).order_by(OperationRecord.id.desc())
    query = newest.limit(limit).options(joinedload(OperationRecord.actor))
    if before_id is not None:
        query = query.where(OperationRecord.id < before_id)
    if action:
        query = query.where(OperationRecord.action == action)
    if actor == "-":
        query = query.where(OperationRecord.actor_id.is_(None))
    elif actor:
        query = query.join(Member, Member.id == OperationRecord.actor_id).where(
            Member.username == actor
        )
    return list(db.session.scalars(query))
