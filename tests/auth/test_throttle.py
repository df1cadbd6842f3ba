"""The throttle: 10 failures an account, 50 an address, in 15 minutes; nobody locks others out."""

import threading
from datetime import timedelta

import pytest
import time_machine

from portal.domain import signin
from portal.extensions import db
from portal.kit import clock
from portal.models import LoginFailure, Member
from tests.conftest import PASSWORD


@pytest.fixture
def zhangsan(make_member):
    return make_member("zhangsan")


@pytest.fixture
def attempt(app):
    """attempt(address, username, password) → the answer's status, from a browser of its own."""

    def post(address="10.0.0.1", username="zhangsan", password="wrong"):
        client = app.test_client()
        place = {"REMOTE_ADDR": address}
        page = client.get("/login", environ_base=place).text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        fields = {"username": username, "password": password, "csrf_token": token}
        return client.post("/login", data=fields, environ_base=place).status_code

    return post


def fail(app, times, account="zhangsan", address="10.0.0.1", age=timedelta(0)):
    """Failures as the sign-in form leaves them."""
    with app.app_context():
        for _time in range(times):
            signin.note_attempt(account, address, clock.utc_now() - age)
        db.session.commit()


def test_the_eleventh_attempt_is_refused_even_with_the_right_password(attempt, zhangsan):
    assert [attempt() for _time in range(10)] == [422] * 10
    assert attempt() == 429
    assert attempt(password=PASSWORD) == 429
    assert attempt(password=PASSWORD, address="10.9.9.9") == 429


def test_the_refusal_says_when_to_come_back(app, visitor, zhangsan):
    fail(app, 10, address="127.0.0.1")
    form = visitor.get("/login").form(has="username")
    page = form.fill(username="zhangsan", password=PASSWORD).send(429)
    assert page.errors == {"form": "登录失败次数过多，请 15 分钟后再试。"}
    assert page.one("input[name=username]")["value"] == "zhangsan"


def test_after_15_minutes_the_account_is_open_again(app, attempt, zhangsan):
    fail(app, 10)
    with time_machine.travel(clock.utc_now() + timedelta(minutes=15, seconds=1)):
        assert attempt(password=PASSWORD) == 302


def test_successes_never_count(app, attempt, zhangsan):
    fail(app, 9)
    assert [attempt(password=PASSWORD) for _time in range(4)] == [302] * 4
    with app.app_context():
        assert db.session.query(LoginFailure).count() == 9


def test_throttled_attempts_do_not_prolong_the_throttle(app, attempt, zhangsan):
    fail(app, 10)
    assert {attempt() for _time in range(5)} == {429}
    with app.app_context():
        assert db.session.query(LoginFailure).count() == 10


def test_an_address_has_50_failures_over_all_accounts(app, attempt, zhangsan):
    for number in range(50):
        fail(app, 1, account=f"somebody{number}")
    assert attempt(password=PASSWORD) == 429
    assert attempt(password=PASSWORD, address="10.0.0.2") == 302


def test_others_cannot_lock_a_person_out_of_a_known_address(app, attempt, zhangsan):
    assert attempt(password=PASSWORD, address="10.0.0.7") == 302
    fail(app, 30, address="10.6.6.6")
    assert attempt(password=PASSWORD, address="10.6.6.6") == 429
    assert attempt(password=PASSWORD, address="10.0.0.7") == 302


def test_a_known_address_has_its_own_limit(app, attempt, zhangsan):
    assert attempt(password=PASSWORD, address="10.0.0.7") == 302
    fail(app, 30, address="10.6.6.6")
    fail(app, 10, address="10.0.0.7")
    assert attempt(password=PASSWORD, address="10.0.0.7") == 429


def test_an_address_stays_known_after_signing_out(app, attempt, zhangsan):
    assert attempt(password=PASSWORD, address="10.0.0.7") == 302
    with app.app_context():
        signin.end_all(db.session.get(Member, zhangsan.id))
        db.session.commit()
    fail(app, 30, address="10.6.6.6")
    assert attempt(password=PASSWORD, address="10.0.0.7") == 302


def test_the_case_of_a_user_name_opens_no_second_count(app, attempt, zhangsan):
    fail(app, 10, account="ZhangSan")
    assert attempt(password=PASSWORD, username="ZHANGSAN") == 429


def test_attempts_at_the_same_moment_are_not_more_than_the_throttle_allows(app, attempt, zhangsan):
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(attempt())) for _n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 24
    assert answers.count(422) <= 10
    assert set(answers) <= {422, 429}


def test_unknown_users_are_throttled_alike(app, attempt):
    fail(app, 10, account="nobody")
    assert attempt(username="nobody") == 429
