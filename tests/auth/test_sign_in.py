"""Signing in and out: sessions, redirects, what ends a session."""

from datetime import timedelta

import pytest
import time_machine
from argon2 import PasswordHasher

from portal.domain import signin
from portal.extensions import db
from portal.kit import clock, crypto
from portal.models import Member, OperationRecord, Session
from tests.conftest import PASSWORD
from tests.page import Visitor


def enter(visitor, username="zhangsan", password=PASSWORD, status=302, path="/login"):
    form = visitor.get(path).form(has="username")
    return form.fill(username=username, password=password).send(status)


def records_of(app):
    with app.app_context():
        query = db.session.query(OperationRecord).filter_by(subject="member:zhangsan")
        rows = query.order_by(OperationRecord.id).all()
        return [(row.action, row.subject, row.details.get("reason")) for row in rows]


def session_cookie(visitor):
    with visitor.client.session_transaction() as cookie:
        return dict(cookie)


@pytest.fixture
def zhangsan(make_member):
    return make_member("zhangsan", name="张三")


def test_the_right_password_opens_the_page_that_was_wanted(visitor, zhangsan):
    page = enter(visitor, path="/account")
    assert page.path == "/account"
    assert page.h1 == "个人中心"


def test_the_query_of_the_wanted_page_survives(admin, app, zhangsan):
    stranger = Visitor(app)
    page = stranger.get("/settings/members?q=zhang&after=a")
    form = page.form(has="username").fill(username="admin", password=PASSWORD)
    assert form.send().path == "/settings/members?q=zhang&after=a"


def test_a_user_name_is_found_whatever_its_case(visitor, zhangsan):
    enter(visitor, username=" ZhangSan ", path="/account")
    assert visitor.get("/account").one(".account-name").text == "张三"


@pytest.mark.parametrize("username", ["zhangsan", "nobody", "", "x" * 5000, "a\x00b", "名字'\"<b>"])
def test_a_wrong_password_says_the_same_to_everybody(visitor, zhangsan, username):
    page = enter(visitor, username=username, password="wrong", status=422)
    assert page.errors
    assert page.one("input[name=password]").get("value", "") == ""
    if username in {"zhangsan", "nobody"}:
        assert page.errors == {"form": "用户名或密码不正确。"}
        assert page.one("input[name=username]")["value"] == username


def test_empty_fields_get_a_sentence_each(visitor):
    page = visitor.get("/login").form(has="username").send(422)
    assert page.errors == {"username": "请填写用户名。", "password": "请填写密码。"}


def test_sign_ins_refusals_and_sign_outs_are_recorded(app, visitor, zhangsan):
    enter(visitor, password="wrong", status=422)
    enter(visitor, path="/account")
    visitor.get("/account").form(action="/logout").send()
    assert records_of(app) == [
        ("sign_in_refused", "member:zhangsan", "wrong"),
        ("signed_in", "member:zhangsan", None),
        ("signed_out", "member:zhangsan", None),
    ]
    with app.app_context():
        records = db.session.query(OperationRecord).filter_by(subject="member:zhangsan")
        assert {row.ip for row in records} == {"127.0.0.1"}


def test_what_was_typed_for_somebody_unknown_is_not_recorded(app, visitor):
    enter(visitor, username="CANARY-a-password", password="wrong", status=422)
    with app.app_context():
        record = db.session.query(OperationRecord).filter_by(action="sign_in_refused").one()
        assert (record.subject, record.actor_id) == ("member:", None)


def test_signing_out_twice_does_no_harm(app, visitor, zhangsan):
    enter(visitor, path="/account")
    form = visitor.get("/account").form(action="/logout")
    with app.app_context():
        db.session.query(Session).delete()
        db.session.commit()
    assert form.send().flashes == [("success", "已退出登录。")]
    assert visitor.post("/logout", {}).h1 == "登录"


def test_a_disabled_member_is_told_so_with_the_right_password_only(app, visitor, zhangsan):
    with app.app_context():
        db.session.get(Member, zhangsan.id).is_enabled = False
        db.session.commit()
    assert enter(visitor, password="wrong", status=422).errors["form"] == "用户名或密码不正确。"
    assert "停用" in enter(visitor, status=422).errors["form"]
    assert session_cookie(visitor).get("id") is None


def test_the_cookie_holds_a_random_id_and_the_table_only_its_digest(app, visitor, zhangsan):
    enter(visitor, path="/account")
    token = session_cookie(visitor)["id"]
    assert len(token) >= 43  # 256 bits
    with app.app_context():
        row = db.session.query(Session).one()
        assert row.id_hash == crypto.digest(token)
        assert row.member_id == zhangsan.id


def test_each_sign_in_has_a_new_id_and_ends_the_one_before(app, visitor, zhangsan):
    enter(visitor, path="/account")
    first = session_cookie(visitor)["id"]
    csrf = session_cookie(visitor)["csrf_token"]
    token = visitor.csrf_token()
    fields = {"username": "zhangsan", "password": PASSWORD, "csrf_token": token}
    assert visitor.client.post("/login", data=fields).status_code == 302
    assert session_cookie(visitor)["id"] != first
    assert session_cookie(visitor).get("csrf_token") != csrf
    with app.app_context():
        assert db.session.query(Session).count() == 1


def test_a_stolen_cookie_is_worth_nothing_after_signing_out(app, visitor, zhangsan):
    enter(visitor, path="/account")
    stolen = visitor.client.get_cookie("portal").value
    visitor.get("/account").form(action="/logout").send()
    thief = app.test_client()
    thief.set_cookie("portal", stolen)
    assert thief.get("/account").headers["Location"].startswith("/login")


@pytest.mark.parametrize(
    ("idle", "live"), [(timedelta(hours=7, minutes=59), True), (timedelta(hours=8), False)]
)
def test_a_session_ends_after_8_idle_hours(make_member, sign_in, idle, live):
    make_member("zhangsan")
    visitor = sign_in("zhangsan")
    with time_machine.travel(clock.utc_now() + idle, tick=True):
        assert (visitor.client.get("/account").status_code == 200) is live


def test_a_session_ends_after_7_days_however_busy(make_member, sign_in):
    make_member("zhangsan")
    visitor = sign_in("zhangsan")
    start = clock.utc_now()
    for hours in range(7, 7 * 24, 7):
        with time_machine.travel(start + timedelta(hours=hours), tick=True):
            assert visitor.client.get("/account").status_code == 200, hours
    with time_machine.travel(start + timedelta(days=7, seconds=1), tick=True):
        assert visitor.client.get("/account").status_code == 302


def test_a_disabled_member_is_out_at_once(app, make_member, sign_in):
    person = make_member("zhangsan")
    visitor = sign_in("zhangsan")
    with app.app_context():
        db.session.get(Member, person.id).is_enabled = False
        db.session.commit()
    assert visitor.client.get("/account").status_code == 302


def test_purge_deletes_what_ended_by_itself(app, context, make_member):
    make_member("zhangsan")
    member = signin.find("zhangsan")
    now = clock.utc_now()
    for age in (timedelta(0), timedelta(hours=9), timedelta(days=8)):
        signin.open_session(member, "", "", now - age)
    for age in (timedelta(0), timedelta(minutes=16)):
        signin.note_attempt("zhangsan", "10.0.0.1", now - age)
    assert signin.purge(now) == 3
    assert db.session.query(Session).count() == 1


def test_an_old_hash_is_made_anew_at_the_next_sign_in(app, visitor, make_member):
    person = make_member("lisi")
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with app.app_context():
        db.session.get(Member, person.id).password_hash = weak
        db.session.commit()
    enter(visitor, username="lisi", path="/account")
    with app.app_context():
        stored = db.session.get(Member, person.id).password_hash
    assert "m=65536,t=3,p=4" in stored


def test_somebody_signed_in_is_sent_on_from_the_sign_in_page(admin):
    answer = admin.client.get("/login?next=/account")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account")


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_next_never_leaves_the_site(visitor, zhangsan, target):
    token = visitor.csrf_token()
    fields = {"username": "zhangsan", "password": PASSWORD, "next": target, "csrf_token": token}
    assert visitor.client.post("/login", data=fields).headers["Location"] == "/"
