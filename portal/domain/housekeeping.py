"""What expires: signed-in browsers, the throttle's counts, operation records."""

from __future__ import annotations

from datetime import timedelta

from portal.domain import settings, signin
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import OperationRecord


def purge() -> None:
    """Drop all that has expired."""
    now = database_now(db.session)
    signin.purge(now)
    oldest = now - timedelta(hours=settings.record_hours())
    db.session.execute(
        db.delete(OperationRecord)
        .where(OperationRecord.at < oldest)
        .execution_options(synchronize_session=False)
    )
