"""The answers that views share."""

from __future__ import annotations

from flask import flash, redirect, render_template
from flask_babel import gettext as _

from portal.blueprints.forms import PortalForm
from portal.domain import members
from portal.models import Member


def saved(url: str, message: str | None = None):
    """Say that it is done, and go to the page that shows the result."""
    flash(message or _("已保存。"), "success")
    return redirect(url)


def warn_of_shared_phone(member: Member) -> None:
    """Say so when somebody else has the same phone: it is allowed, but cards cannot be sent."""
    others = members.sharing_phone(member)
    if others:
        names = "、".join(other.shown_name for other in others)
        flash(_("手机号与 %(names)s 相同，审批卡片将无法按手机号送达。", names=names), "warning")


def page(template: str, form: PortalForm | None = None, **context):
    """The page; with status 422 when the form on it was refused."""
    html = render_template(template, form=form, **context)
    return (html, 422) if form is not None and form.refused else html
