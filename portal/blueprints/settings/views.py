"""The 流程对接 page and the global values."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask_login import current_user

from portal.blueprints import integration_cards
from portal.blueprints.access import admin_required
from portal.blueprints.answers import page, saved
from portal.blueprints.settings.forms import GlobalForm
from portal.domain import settings
from portal.domain.errors import RuleError
from portal.extensions import db

bp = Blueprint("settings", __name__, url_prefix="/settings")


@bp.get("")
@admin_required
def index():
    """The first of the settings pages."""
    return redirect(url_for(".integrations"))


@bp.get("/integrations")
@admin_required
def integrations():
    """Every provider's card."""
    return integration_cards.render()


@bp.route("/global", methods=["GET", "POST"])
@admin_required
def portal():
    """The portal's own address, and how long records are kept."""
    form = GlobalForm(
        data={"url_prefix": settings.url_prefix(), "record_hours": str(settings.record_hours())}
    )
    if form.validate_on_submit():
        try:
            settings.save_global(form.url_prefix.data, form.hours(), current_user)
            db.session.commit()
            return saved(url_for(".portal"))
        except RuleError as error:
            db.session.rollback()
            form.add_error(error)
    return page(
        "settings/global.html",
        form,
        url_prefix=settings.url_prefix(),
        record_hours=settings.record_hours(),
    )
