"""用户中心: list, add and edit members."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints.access import admin_required
from portal.blueprints.answers import page, saved, warn_of_shared_phone
from portal.blueprints.forms import query_text
from portal.blueprints.members.forms import MemberForm, NewMemberForm
from portal.domain import members
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.kit import passwords
from portal.models import Member, Role

bp = Blueprint("members", __name__, url_prefix="/settings/members")


@bp.get("")
@admin_required
def index():
    search, after = query_text("q"), query_text("after")
    found, more = members.page(search, after)
    following = url_for(".index", q=search or None, after=more) if more else None
    first = url_for(".index", q=search or None) if after else None
    return render_template(
        "members/index.html", members=found, search=search, next_url=following, first_url=first
    )


@bp.route("/new", methods=["GET", "POST"])
@admin_required
def new():
    form = NewMemberForm()
    if form.validate_on_submit():
        try:
            member = _create(form)
        except RuleError as error:
            form.add_error(error)
        else:
            warn_of_shared_phone(member)
            return saved(url_for(".index"), _("成员已创建，首次登录时需要修改密码。"))
    return page("members/new.html", form)


@bp.route("/<int:member_id>", methods=["GET", "POST"])
@admin_required
def edit(member_id: int):
    member = members.get(member_id) or abort(404)
    form = MemberForm(obj=member)
    if form.validate_on_submit():
        try:
            _update(member, form)
        except RuleError as error:
            db.session.rollback()
            form.add_error(error)
        else:
            warn_of_shared_phone(member)
            return saved(url_for(".index"))
    return page("members/edit.html", form, member=member)


def _create(form: NewMemberForm) -> Member:
    """Raises RuleError."""
    db.session.rollback()  # nothing was written yet; the slow hash needs no open transaction
    member = members.create(
        form.username.data,
        form.password.data,
        actor=current_user,
        contact=form.contact(),
        role=Role(form.role.data),
        is_enabled=form.is_enabled.data,
    )
    db.session.commit()
    return member


def _update(member: Member, form: MemberForm) -> None:
    """Raises RuleError. An empty password stays as it is."""
    password, password_hash = form.password.data, None
    if password:
        if member.id == current_user.id:
            raise RuleError(_("请在「个人中心」修改自己的密码。"), "password")
        members.check_password(password, member.username)
        db.session.rollback()
        password_hash = passwords.make_hash(password)
    role, is_enabled = Role(form.role.data), form.is_enabled.data
    members.update(member, form.contact(), role, is_enabled, actor=current_user)
    if password_hash:
        members.set_password(member, password_hash, actor=current_user)
    db.session.commit()
