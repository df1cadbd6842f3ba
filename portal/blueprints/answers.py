"""The answers that views share."""

from __future__ import annotations

from flask import flash, redirect, render_template
from flask_babel import gettext as _

from portal.blueprints.forms import PortalForm


def saved(url: str, message: str | None = None):
    """Say that it is done, and go to the page that shows the result."""
    flash(message or _("已保存。"), "success")
    return redirect(url)


def page(template: str, form: PortalForm | None = None, **context):
    """The page; with status 422 when the form on it was refused."""
    html = render_template(template, form=form, **context)
    return (html, 422) if form is not None and form.refused else html
