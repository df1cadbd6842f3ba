"""Presses of 测试联通性: counted, recorded, at most ten a minute, and over within 15 s."""

from __future__ import annotations

import threading
import time

import pytest

from portal.domain import presses
from portal.extensions import db
from portal.models import ApiUsage, Member, OperationRecord
from tests.page import Visitor
from tests.raw_servers import RawServer, answer
from tests.settings.cards import CARDS, DINGTALK, FEISHU
from tests.settings.hands import press, results, typed


@pytest.fixture
def environment(sandbox):
    addresses = {name: sandbox.url for card in CARDS.values() for name in card.address}
    return addresses | {"HTTP_TIMEOUT": "5"}


def pressed_before(app, times: int) -> None:
    """The admin has pressed that often within the last minute."""
    with app.app_context():
        member = db.session.scalars(db.select(Member).filter_by(username="admin")).one()
        db.session.execute(
            db.text("INSERT INTO portal_setting (key, value) VALUES (:key, :times)"),
            {"key": f"presses:{member.id}", "times": str([time.time()] * times)},
        )
        db.session.commit()


def test_each_press_is_recorded_and_counted(app, admin, card):
    press(admin, card, app_secret="wrong")
    press(admin, card)
    with app.app_context():
        query = db.select(OperationRecord).filter_by(action="provider_tested")
        records = db.session.scalars(query.order_by(OperationRecord.id)).all()
        assert "credentials" in records[0].details["failed"]
        assert records[1].details["failed"] == ["url_prefix"]
        assert records[1].actor.username == "admin"
        assert records[1].subject == f"provider:{card.name}"
        assert card.app[1] not in str([record.details for record in records])
        assert db.session.scalar(db.select(db.func.sum(ApiUsage.count))) > 0


def test_ten_presses_a_minute_at_most(app, admin, sandbox, card):
    for _n in range(presses.LIMIT):
        press(admin, card, app_secret="wrong")
    before = sandbox.paths()
    page = press(admin, card, 429)
    assert "每分钟最多 10 次" in page.errors["form"]
    form = page.form(action=card.path)
    assert {name: form.values[name] for name in card.look_up} == card.look_up
    assert sandbox.paths() == before
    with app.app_context():
        db.session.execute(
            db.text("UPDATE portal_setting SET value = '[1.0]' WHERE key LIKE 'presses:%'")
        )
        db.session.commit()
    press(admin, card)


def test_all_buttons_share_the_count(app, admin, sandbox):
    pressed_before(app, presses.LIMIT - 1)
    press(admin, DINGTALK)
    before = sandbox.paths()
    press(admin, FEISHU, 429)
    page = admin.post(f"{FEISHU.path}/send-sample", {})
    assert "操作过于频繁" in page.flashes[0][1]
    assert sandbox.paths() == before


def test_refused_values_are_no_press(app, admin, card):
    pressed_before(app, presses.LIMIT - 1)
    for _n in range(3):
        press(admin, card, 422, key="")
    press(admin, card)


def test_presses_at_once_are_all_counted(app, admin, card):
    """Two tabs and two nodes share one count."""
    pressed_before(app, presses.LIMIT - 1)
    fields = typed(card, app_secret="wrong") | {"csrf_token": admin.csrf_token()}
    statuses = []

    def tab():
        visitor = Visitor(app)
        visitor.client.set_cookie("portal", admin.client.get_cookie("portal").value)
        statuses.append(visitor.client.post(f"{card.path}/test", data=fields).status_code)

    threads = [threading.Thread(target=tab) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 429, 429, 429]


def test_no_transaction_is_open_while_the_platform_is_asked(app, admin, sandbox, card):
    """A slow platform must not keep other people from saving."""
    sandbox.fault(card.token, "delay", seconds=2)
    pressing = threading.Thread(target=press, args=(admin, card))
    pressing.start()
    time.sleep(1)
    started = time.monotonic()
    with app.app_context():
        db.session.execute(db.text("UPDATE member SET name = 'x' WHERE username = 'admin'"))
        db.session.commit()
    assert time.monotonic() - started < 0.8
    assert pressing.is_alive()
    pressing.join()


def test_a_platform_that_hangs_takes_fifteen_seconds_at_most(app, admin, sign_in):
    """Both buttons at the same time, of two platforms that answer for their tokens only."""
    said = {
        b"/topapi/v2/user/get": b"{}",
        b"/v1.0/oauth2/accessToken": b'{"accessToken":"t-1","expireIn":7200}',
        b"/open-apis/auth/v3/tenant_access_token/internal":
            b'{"code":0,"tenant_access_token":"t-1","expire":7200}',
    }  # fmt: skip

    def script(sock, request):
        path = request.split(b" ")[1]
        if path in said:
            sock.sendall(answer(said[path]))
        else:
            time.sleep(20)

    found = {}

    def wait(card):
        began = time.monotonic()
        page = press(sign_in("admin"), card)
        found[card.name] = time.monotonic() - began, results(page, card)

    with RawServer(script) as server:
        names = [name for card in CARDS.values() for name in card.address]
        app.config.update(dict.fromkeys(names, server.url))
        threads = [threading.Thread(target=wait, args=(card,)) for card in CARDS.values()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(found) == sorted(CARDS)
    for took, lines in found.values():
        assert took < 15.5, "15 s, and the pages around it"
        assert lines["credentials"] == "ok"
        assert set(lines.values()) <= {"ok", "skipped", "fail"}
        assert "fail" not in [lines[name] for name in lines if name != "url_prefix"]
