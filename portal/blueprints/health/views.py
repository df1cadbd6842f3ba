"""/healthz, for load balancers and monitors."""

from __future__ import annotations

import logging

from flask import Blueprint
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from portal.blueprints.access import public
from portal.extensions import db
from portal.models import Heartbeat

log = logging.getLogger(__name__)
bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz():
    """503 when the database does not answer. Ticks: ISO 8601 in UTC, null before the first."""
    try:
        ticks = dict(db.session.execute(select(Heartbeat.name, Heartbeat.at)).all())
    except SQLAlchemyError as error:
        log.error("the database does not answer: %s", type(error).__name__)
        return {"status": "error", "database": "error"}, 503
    return {
        "status": "ok",
        "database": "ok",
        "last_delivery_tick": _iso(ticks.get("deliver")),
        "last_sweep": _iso(ticks.get("sweep")),
    }


def _iso(moment) -> str | None:
    return moment.isoformat(timespec="milliseconds") if moment else None
