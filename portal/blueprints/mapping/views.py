"""成员映射: the board, and 重新匹配 for one member or all."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal import providers
from portal.blueprints import wording
from portal.blueprints.access import admin_required
from portal.blueprints.answers import saved
from portal.blueprints.forms import query_text, storable
from portal.domain import approvals, mapping_board, matching, members, records, signin
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.models import Member

bp = Blueprint("mapping", __name__, url_prefix="/settings/mapping")


@bp.get("")
@admin_required
def index():
    """Members by user name, each with a cell per provider that is on."""
    search, after = query_text("q"), query_text("after")
    found, more = members.page(search, after)
    settings = approvals.enabled_providers()
    finds_by = {name: entry.finds_by for name, entry in providers.PROVIDERS.items()}
    following = url_for(".index", q=search or None, after=more) if more else None
    return render_template(
        "mapping/index.html",
        rows=mapping_board.rows(found, settings, finds_by),
        providers=[one.provider for one in settings],
        titles=wording.approval_titles(),
        progress=matching.progress(),
        search=search,
        next_url=following,
        first_url=url_for(".index", q=search or None) if after else None,
    )


@bp.post("/check")
@admin_required
def check():
    """Queue a new match; the clock makes it. member, provider: empty means all."""
    try:
        member = _member_named(storable(request.form.get("member", "")).strip())
        provider = _provider_named(request.form.get("provider", "").strip())
        count = matching.ask(member, provider)
        records.add(
            records.Action.MATCHING_ASKED,
            signin.subject_of(member.username) if member else "members",
            current_user._get_current_object(),
            {"provider": provider, "count": count},
        )
        db.session.commit()
    except RuleError as error:
        db.session.rollback()
        flash(error.message, "error")
        return redirect(url_for(".index"))
    if member:
        return saved(
            url_for(".index", q=member.username),
            _("正在重新匹配 %(who)s。", who=member.shown_name),
        )
    return saved(url_for(".index"), _("正在重新匹配，共 %(n)s 项。", n=count))


def _member_named(username: str) -> Member | None:
    if not username:
        return None
    member = signin.find(username)
    if member is None:
        raise RuleError(_("没有用户名为“%(name)s”的成员。", name=username), "member")
    return member


def _provider_named(provider: str) -> str:
    enabled = {one.provider for one in approvals.enabled_providers()}
    if not enabled:
        raise RuleError(_("还没有启用审批平台，请先在「流程对接」中启用。"), "provider")
    if provider and provider not in enabled:
        raise RuleError(_("该审批平台没有启用，请先在「流程对接」中启用。"), "provider")
    return provider
