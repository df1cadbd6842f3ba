"""对接记录: what was sent, why not, and 重试."""

from __future__ import annotations

import pytest

from portal.blueprints.deliveries import views
from portal.domain import tickets
from portal.extensions import db
from portal.models import Delivery, DeliveryState, OperationRecord

PATH = "/settings/deliveries"


@pytest.fixture
def boss(world, sign_in):
    return sign_in("boss")


def rows(page):
    """The calls about cards; the template's own row is the oldest."""
    return [
        (tag["data-action"], tag["data-delivery"], tag["data-code"])
        for tag in page.select("[data-delivery]")
        if tag["data-action"] != "template"
    ]


def ids(page):
    return [tag["id"] for tag in page.select("[data-delivery]")]


def test_an_empty_ledger_says_so(admin):
    page = admin.get(PATH)
    assert page.h1 == "对接记录"
    assert "没有对接记录" in page.text


def test_every_call_has_a_row_in_plain_words(world, boss, platform):
    ticket_id = world.file()
    page = boss.get(PATH)
    assert rows(page) == [("start", "queued", "")]
    assert "等待发送" in page.text
    assert "下次发送" in page.text
    world.deliver()
    with world.ticket(ticket_id) as ticket:
        tickets.close(ticket, world.member("creator"), "不做了")
    page = boss.get(PATH)
    assert rows(page) == [("withdraw", "queued", ""), ("start", "sent", "")]
    text = page.text
    for words in ("发起审批", "撤回审批", "已送达", "支付系统 #1", "1 次尝试", "成功"):
        assert words in text
    row = page.one('[data-action="start"][data-delivery="sent"]')
    assert row.select_one("a")["href"] == "/projects/pay/tickets/1"
    assert {tag["data-provider"] for tag in page.select("[data-delivery]")} == {platform.name}
    assert "准备审批模板" in page.one('[data-action="template"]').get_text()
    assert not page.select(f'form[action^="{PATH}/"]')


def test_a_failed_delivery_shows_code_sentence_and_cure_and_can_be_retried(
    world, sandbox, boss, platform
):
    """Pitfall 14."""
    scope = platform.start_scope
    sandbox.control("scopes", {"app_key": platform.app_key, "revoke": [scope]})
    world.file()
    world.deliver()
    page = boss.get(PATH)
    row = page.one('[data-delivery="failed"]')
    assert row["data-code"]
    assert row["data-code"] in row.get_text()
    assert scope in row.get_text()
    sandbox.control("scopes", {"app_key": platform.app_key, "grant": [scope]})
    form = page.form(action=f"{PATH}/2/retry")
    page = form.send()
    assert page.path == PATH
    assert page.flashes == [("success", "已放回发送队列。")]
    assert rows(page)[0][1] == "queued"
    world.deliver()
    assert rows(boss.get(PATH))[0][1] == "sent"
    assert len(sandbox.cards()) == 1
    with world.app.app_context():
        record = db.session.scalars(
            db.select(OperationRecord).filter_by(action="delivery_retried")
        ).one()
        assert record.actor.username == "boss"


def test_only_a_failed_delivery_can_be_retried(world, boss):
    world.file()
    page = boss.post(f"{PATH}/2/retry", {})
    assert page.flashes == [("error", "只有失败的对接可以重试")]
    for id in ("99", "9" * 30, "-1"):
        boss.post(f"{PATH}/{id}/retry", {}, status=404)
    assert boss.client.get(f"{PATH}/1/retry").status_code == 405


def test_filters_and_pages(world, boss, platform, monkeypatch):
    monkeypatch.setattr(views, "PAGE", 2)
    for _n in range(5):
        world.file()
    world.deliver()
    with world.app.app_context():
        db.session.execute(db.update(Delivery).filter_by(id=3).values(state=DeliveryState.FAILED))
        db.session.commit()
    page = boss.get(PATH)
    assert ids(page) == ["delivery-6", "delivery-5"]
    page = boss.get(page.one('a[rel="next"]')["href"])
    assert ids(page) == ["delivery-4", "delivery-3"]
    page = boss.get(page.one('a[rel="next"]')["href"])
    assert ids(page) == ["delivery-2", "delivery-1"]
    assert not page.select('a[rel="next"]')
    page = page.form(has="state").fill(state="failed").send(200)
    assert ids(page) == ["delivery-3"]
    assert page.one("#state [selected]")["value"] == "failed"
    other = "feishu" if platform.name == "dingtalk" else "dingtalk"
    assert len(ids(boss.get(f"{PATH}?provider={platform.name}"))) == 2
    assert ids(boss.get(f"{PATH}?provider={other}")) == []


@pytest.mark.parametrize(
    "query",
    ["?before=x", "?before=-1", "?before=" + "9" * 40, "?before=９", "?state=zzz",
     "?provider=x%00", "?state=&provider=&before="],
)  # fmt: skip
def test_nonsense_in_the_address_is_left_aside(world, boss, query):
    world.file()
    assert len(boss.get(PATH + query).select("[data-delivery]")) == 2


def test_only_admins_enter(world, sign_in, visitor):
    world.file()
    member = sign_in("creator")
    member.get(PATH, status=403)
    member.post(f"{PATH}/1/retry", {}, status=403)
    assert visitor.get(PATH).path.startswith("/login")
    assert visitor.post(f"{PATH}/1/retry", {}).path.startswith("/login")
