"""Passwords: what a thief of a session, or of an old password, must not get with it."""

import threading

import pytest
from sqlalchemy import select

from portal.domain import members, signin
from portal.extensions import db
from portal.kit import passwords
from portal.models import Member, OperationRecord
from tests.conftest import PASSWORD

NEW = "Another-horse-4712"


def account(visitor):
    return visitor.get("/account").form(has="current_password")


def test_a_stolen_session_cannot_try_passwords_for_ever(sign_in, make_member):
    make_member("zhangsan")
    thief = sign_in("zhangsan")
    for attempt in range(signin.FAILURES_AN_ACCOUNT + 1):
        page = account(thief).fill(current_password=f"wrong-{attempt}", new_password=NEW).send(422)
    assert page.errors == {"current_password": "密码输错次数过多，请 15 分钟后再试。"}
    page = account(thief).fill(current_password=PASSWORD, new_password=NEW).send(422)
    assert "current_password" in page.errors


def test_right_passwords_never_count(sign_in, make_member, app):
    make_member("zhangsan")
    visitor = sign_in("zhangsan")
    old, new = PASSWORD, NEW
    for _change in range(signin.FAILURES_AN_ACCOUNT + 2):
        page = account(visitor).fill(current_password=old, new_password=new).send()
        assert page.flashes[0][0] == "success"
        old, new = new, old


@pytest.fixture
def while_checking(monkeypatch):
    """while_checking(work): another node does this while the slow hash is compared."""
    real = passwords.matches

    def during(work):
        def matches(stored, password):
            answer = real(stored, password)
            monkeypatch.setattr(passwords, "matches", real)
            work()
            return answer

        monkeypatch.setattr(passwords, "matches", matches)

    return during


def change_password(app):
    """On another thread: a context of the same one would share the request's database session."""
    thread = threading.Thread(target=_change_password, args=[app])
    thread.start()
    thread.join()


def _change_password(app):
    with app.test_request_context():
        member = db.session.scalars(select(Member).filter_by(username="zhangsan")).one()
        boss = db.session.scalars(select(Member).filter_by(username="admin")).one()
        members.set_password(member, passwords.make_hash(NEW), actor=boss)
        db.session.commit()
        db.session.remove()


def test_an_old_password_signs_nobody_in_after_its_change(
    app, visitor, make_member, while_checking
):
    make_member("zhangsan")
    form = visitor.get("/login").form(has="username")
    while_checking(lambda: change_password(app))
    page = form.fill(username="zhangsan", password=PASSWORD).send(422)
    assert page.errors == {"form": "用户名或密码不正确。"}


def test_an_old_password_sets_no_new_one_after_its_change(
    app, sign_in, make_member, while_checking
):
    make_member("zhangsan")
    form = account(sign_in("zhangsan"))
    while_checking(lambda: change_password(app))
    form.fill(current_password=PASSWORD, new_password="Third-horse-4713").send(422)
    with app.app_context():
        stored = db.session.scalar(select(Member.password_hash).filter_by(username="zhangsan"))
    assert passwords.matches(stored, NEW)


def test_ending_the_other_sessions_is_recorded(app, sign_in, make_member):
    make_member("zhangsan")
    sign_in("zhangsan")
    visitor = sign_in("zhangsan")
    visitor.get("/account").form(action="/account/sessions/end").send()
    with app.app_context():
        wanted = select(OperationRecord).filter_by(action="sessions_ended")
        record = db.session.scalars(wanted).one()
        assert record.subject == "member:zhangsan"
        assert record.details == {"ended": 1}
