"""The page that one sees after signing in: what waits for me, and what I filed."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_login import current_user

from portal.blueprints.paging import before_id
from portal.domain import ticket_lists

bp = Blueprint("dashboard", __name__)


@bp.get("/")
def index():
    """待我处理 and 我提交的."""
    member = current_user._get_current_object()
    return render_template(
        "dashboard/index.html",
        waiting=ticket_lists.waiting_for(member, before_id("waiting")),
        submitted=ticket_lists.submitted_by(member, before_id("submitted")),
    )
