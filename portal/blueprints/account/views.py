"""One's own account."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints import sessions
from portal.blueprints.account.forms import PasswordForm, ProfileForm
from portal.blueprints.answers import saved, warn_of_shared_phone
from portal.domain import members, records, signin
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.kit import clock, crypto, passwords
from portal.kit.urls import safe_next

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.route("", methods=["GET", "POST"])
def index():
    """Either form may be posted here; the page's own forms each have their own path."""
    if "new_password" in request.form or "current_password" in request.form:
        return password()
    form = ProfileForm(obj=current_user)
    if form.validate_on_submit():
        try:
            members.update_contact(current_user, form.contact(), actor=current_user)
        except RuleError as error:
            form.add_error(error)
        else:
            db.session.commit()
            warn_of_shared_phone(current_user)
            return saved(url_for(".index"))
    return _page(form, PasswordForm(formdata=None))


@bp.post("/password")
def password():
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            _change_password(form)
        except RuleError as error:
            form.add_error(error)
        else:
            wanted = safe_next(request.args.get("next"))
            return saved(wanted or url_for(".index"), _("密码已修改，其他登录已全部退出。"))
    return _page(ProfileForm(formdata=None, obj=current_user), form)


@bp.post("/sessions/end")
def end_sessions():
    ended = signin.end_others(current_user, sessions.current_id())
    db.session.commit()
    return saved(url_for(".index"), _("已退出其他 %(ended)s 处登录。", ended=ended))


def _change_password(form: PasswordForm) -> None:
    """Raises RuleError. The slow hashes run while no transaction is open."""
    username, new = current_user.username, form.new_password.data
    if new == form.current_password.data:
        raise RuleError(_("新密码不能与当前密码相同。"), "new_password")
    members.check_password(new, username, field="new_password")
    attempt = _attempt(username)
    if attempt is None:
        raise RuleError(_("密码输错次数过多，请 15 分钟后再试。"), "current_password")
    if not passwords.matches(attempt.stored, form.current_password.data):
        raise RuleError(_("当前密码不正确。"), "current_password")
    new_hash = passwords.make_hash(new)
    member = signin.whose(attempt)
    if member is None:
        raise RuleError(_("密码刚刚被修改过，请重新登录。"), "current_password")
    signin.forget(attempt)
    members.set_password(member, new_hash, actor=member, keep_session=sessions.current_id())
    db.session.commit()


def _attempt(username: str) -> signin.Attempt | None:
    """Throttled as sign-ins are: whoever took over a session must not try out passwords here."""
    address = records.caller_address.get()
    failure_id = signin.note_attempt(username, address, clock.utc_now()).id
    db.session.commit()
    attempt = signin.admit(failure_id)
    db.session.commit()
    return attempt


def _page(profile: ProfileForm, change: PasswordForm):
    now = clock.utc_now()
    html = render_template(
        "account/index.html",
        profile=profile,
        change=change,
        wanted=safe_next(request.args.get("next")),
        sessions=signin.sessions_of(current_user, now),
        this_session=crypto.digest(sessions.current_id()),
    )
    return (html, 422) if profile.refused or change.refused else html
