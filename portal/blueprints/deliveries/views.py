"""对接记录: every delivery, why it failed, and 重试."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints import wording
from portal.blueprints.access import admin_required
from portal.blueprints.answers import saved
from portal.blueprints.paging import before_id
from portal.domain import ledger
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.models import Delivery, DeliveryState

PAGE = 50

bp = Blueprint("deliveries", __name__, url_prefix="/settings/deliveries")


@bp.get("")
@admin_required
def index():
    """Newest first; a filter that names nothing known is left aside."""
    titles = wording.platform_titles()
    state, provider = request.args.get("state", ""), request.args.get("provider", "")
    chosen = {
        "state": state if state in set(DeliveryState) else "",
        "provider": provider if provider in titles else "",
    }
    rows = ledger.page(before_id=before_id(), limit=PAGE + 1, **chosen)
    more = len(rows) > PAGE
    return render_template(
        "deliveries/index.html",
        rows=rows[:PAGE],
        chosen=chosen,
        titles=titles,
        action_titles=wording.delivery_actions(),
        state_titles=wording.delivery_states(),
        states=list(DeliveryState),
        next_url=url_for(".index", before=rows[PAGE - 1].id, **chosen) if more else None,
        first_url=url_for(".index", **chosen) if before_id() else None,
    )


@bp.post("/<int:id>/retry")
@admin_required
def retry(id: int):
    """Put a failed delivery back."""
    delivery = db.session.get(Delivery, id)
    if delivery is None:
        abort(404)
    try:
        ledger.retry(delivery, current_user._get_current_object())
        db.session.commit()
        return saved(url_for(".index"), _("已放回发送队列。"))
    except RuleError as error:
        db.session.rollback()
        flash(error.message, "error")
        return redirect(url_for(".index"))
