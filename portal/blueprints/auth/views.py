"""Sign in, sign out."""

from __future__ import annotations

import logging

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from portal.blueprints import sessions
from portal.blueprints.access import public
from portal.blueprints.auth.forms import LoginForm
from portal.domain import records, signin
from portal.domain.signin import Verdict
from portal.extensions import db
from portal.kit import clock, passwords
from portal.kit.urls import safe_next

log = logging.getLogger(__name__)
bp = Blueprint("auth", __name__)


@bp.route("/login", methods=["GET", "POST"])
@public
def login():
    form = LoginForm(next=request.args.get("next", ""))
    wanted = safe_next(form.next.data)
    status = 200
    if form.validate_on_submit():
        verdict = _sign_in(form.username.data, form.password.data)
        if verdict is Verdict.OK:
            return _go_on(wanted)
        form.problems.append(_sentences()[verdict])
        status = 429 if verdict is Verdict.THROTTLED else 422
    elif form.is_submitted():
        status = 422
    elif current_user.is_authenticated:
        return redirect(wanted or "/")
    return render_template("auth/login.html", form=form, wanted=wanted), status


@bp.post("/logout")
@public
def logout():
    if sessions.current_id():  # also of a session that has ended by itself
        signin.end(sessions.current_id())
        db.session.commit()
    sessions.close_session()
    flash(_("已退出登录。"), "success")
    return redirect(url_for(".login"))


def _sign_in(username: str, password: str) -> Verdict:
    """Check one attempt. Three short transactions, none of them open during the slow hash."""
    now = clock.utc_now()
    failure_id = signin.note_attempt(username, records.caller_address.get(), now).id
    db.session.commit()
    attempt = signin.admit(failure_id)
    db.session.commit()
    if attempt is None:
        # Not what was typed for a user name: it may be a password in the wrong field.
        log.warning("a sign-in was throttled", extra={"address": records.caller_address.get()})
        return Verdict.THROTTLED
    right = passwords.matches(attempt.stored, password)
    outdated = right and passwords.is_outdated(attempt.stored)
    new_hash = passwords.make_hash(password) if outdated else None
    member = signin.whose(attempt) if right else None
    if member is None or not member.is_enabled:
        verdict = Verdict.DISABLED if member else Verdict.WRONG
        signin.refuse(attempt, verdict)
        db.session.commit()
        return verdict
    if sessions.current_id():
        signin.end(sessions.current_id())
    token = signin.begin(member, attempt, request.user_agent.string, now, new_hash)
    db.session.commit()
    sessions.open_session(token)
    return Verdict.OK


def _go_on(wanted: str | None):
    """To the page wanted; the guard sends those who must change their password there first."""
    return redirect(wanted or "/")


def _sentences() -> dict[Verdict, str]:
    return {
        Verdict.WRONG: _("用户名或密码不正确。"),
        Verdict.DISABLED: _("该账号已停用，请联系管理员。"),
        Verdict.THROTTLED: _("登录失败次数过多，请 15 分钟后再试。"),
    }
