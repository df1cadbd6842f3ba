"""Which installation this is: part of every key we leave on a platform."""

from __future__ import annotations

import secrets

from portal.extensions import db
from portal.models import PortalSetting, ProblemSql, TicketStep

# Letters and digits that nobody takes for others.
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def installation_id() -> str:
    """Made by the first migration, so that a fresh database never adopts another's cards."""
    return db.session.get_one(PortalSetting, "installation").value


def renew() -> str:
    """Another id for later keys: a restored database never adopts what the old one has left.

    Keys that are stored keep theirs.
    """
    row = db.session.get_one(PortalSetting, "installation")
    row.value = "".join(secrets.choice(ALPHABET) for _ in range(8))
    db.session.flush()
    return row.value


def card_key(step: TicketStep, issue_number: int) -> str:
    """What marks a card over there: P<installation>-<ticket id>-R<rev>-S<step>-I<issue>."""
    return (
        f"P{installation_id()}-{step.ticket_id}-R{step.revision}-S{step.position}-I{issue_number}"
    )


def issue_key(problem: ProblemSql) -> str:
    """What marks a problem's issue in a tracker: P<installation>-Q<problem id>."""
    return f"P{installation_id()}-Q{problem.id}"
