"""系统状态: the figures of /metrics in words, for an admin; what is not well says what to do."""

from __future__ import annotations

from flask import Blueprint, render_template

from portal.blueprints.access import admin_required
from portal.blueprints.status import lines, platforms
from portal.blueprints.status.words import FAIL, OK, WARN
from portal.domain import vitals
from portal.extensions import db
from portal.kit.clock import database_now

bp = Blueprint("status", __name__, url_prefix="/settings/status")


@bp.get("")
@admin_required
def index():
    """Every line is read from the database, whichever node is asked."""
    now = database_now(db.session)
    sections = [
        lines.clocks(now, vitals.ticks()),
        platforms.outbox(now, vitals.waiting(now)),
        *platforms.each(now),
        lines.running(now),
        lines.database(),
    ]
    unwell = [
        (section.title, line)
        for section in sections
        for line in section.lines
        if line.result != OK
    ]
    results = {line.result for _section, line in unwell}
    worst = FAIL if FAIL in results else WARN if results else OK
    return render_template(
        "status/index.html", sections=sections, unwell=unwell, worst=worst, now=now
    )
