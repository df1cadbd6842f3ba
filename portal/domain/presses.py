"""How often a member may press a test button: counted in a table, so for all nodes together."""

from __future__ import annotations

import json
from datetime import timedelta

from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import Member, PortalSetting

LIMIT = 10
WINDOW = timedelta(minutes=1)


def allow(member: Member) -> bool:
    """Count a press; False when there were LIMIT within the last minute. The caller commits."""
    # One member's presses come one after the other, on every node.
    db.session.scalar(db.select(Member.id).filter_by(id=member.id).with_for_update())
    now = database_now(db.session).timestamp()
    key = f"presses:{member.id}"
    row = db.session.get(PortalSetting, key, with_for_update=True, populate_existing=True)
    times = json.loads(row.value) if row else []
    recent = [time for time in times if now - WINDOW.total_seconds() < time <= now]
    if len(recent) >= LIMIT:
        return False
    value = json.dumps([*recent, now])
    if row is None:
        db.session.add(PortalSetting(key=key, value=value))
    else:
        row.value = value
    return True
