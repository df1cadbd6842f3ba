"""操作记录: who did what, newest first."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for

from portal.blueprints.access import admin_required
from portal.blueprints.forms import query_text
from portal.blueprints.paging import before_id
from portal.blueprints.records import titles
from portal.domain import record_list
from portal.domain.records import Action

bp = Blueprint("records", __name__, url_prefix="/settings/records")


@bp.get("")
@admin_required
def index():
    """Filtered by what was done and by whom."""
    action = request.args.get("action", "")
    chosen = {
        "action": action if action in set(Action) else "",
        "actor": query_text("actor", 64),
    }
    rows = record_list.page(before_id(), limit=record_list.PAGE + 1, **chosen)
    more = len(rows) > record_list.PAGE
    last = rows[record_list.PAGE - 1].id if more else None
    return render_template(
        "records/index.html",
        rows=[
            (row, titles.of_subject(row.subject), titles.of_details(row))
            for row in rows[: record_list.PAGE]
        ],
        chosen=chosen,
        actions=titles.of_actions(),
        next_url=url_for(".index", before=last, **chosen) if more else None,
        first_url=url_for(".index", **chosen) if before_id() else None,
    )
