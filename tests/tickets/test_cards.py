"""A step's cards on the ticket's page: every state in plain words, and the cure beside it."""

import pytest
from sqlalchemy import select, update

from portal.domain import approvals, deliveries, integrations, tickets
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    Approval,
    ApprovalState,
    Delivery,
    DeliveryState,
    Member,
    ProviderSetting,
)

PAGE = "/projects/pay/tickets/1"
KEY, SECRET = "ding-key", "ding-secret"


@pytest.fixture
def asked(shop):
    """DingTalk is switched on; ticket 1 has a card that is about to be sent."""

    def switch_on():
        integrations.save_provider("dingtalk", True, KEY, SECRET, None, shop.member("boss"))

    with shop.app.test_request_context():
        for member in db.session.scalars(select(Member)):
            member.phone = f"+8613800000{member.id:03d}"
        switch_on()
        db.session.commit()
        db.session.remove()
    shop.file()
    with shop.app.app_context():
        keep_template("PROC-1")
    return shop


def keep_template(code: str, last_code: str = "") -> None:
    """The app's template is this one; or, with a code of an error, it could not be made."""
    db.session.execute(update(ProviderSetting).values(template_code=code, template_app_key=KEY))
    db.session.execute(
        update(Delivery)
        .filter_by(action="template")
        .values(last_code=last_code, last_message="没有权限", cure="请开通权限")
    )
    db.session.commit()
    db.session.remove()


def change(shop, work) -> None:
    """work(card, its first delivery)."""

    def on_card(ticket):
        card = db.session.scalars(select(Approval).order_by(Approval.id.desc())).first()
        first = select(Delivery).filter_by(approval_id=card.id).order_by(Delivery.id)
        work(card, db.session.scalars(first).first())

    shop.change(1, on_card)


def send(card: Approval, delivery: Delivery) -> None:
    """As after a call that went well."""
    card.state, card.external_id, card.started_at = "pending", "ext-1", database_now(db.session)
    deliveries.sent(delivery)


def card_of(page):
    return page.one('[data-step="1"] [data-approval]')


def text_of(tag) -> str:
    return " ".join(tag.get_text(" ").split())


def test_a_card_on_its_way(asked):
    card = card_of(asked.visit("creator", 1))
    assert (card["data-provider"], card["data-approval"]) == ("dingtalk", "queued")
    assert text_of(card) == "正在发送到钉钉 发起审批：等待发送"


def test_a_card_that_waits_for_its_template_says_so(asked):
    with asked.app.app_context():
        keep_template("")
    assert "正在建立钉钉的审批模板，随后自动发送" in text_of(card_of(asked.visit("creator", 1)))
    with asked.app.app_context():
        keep_template("", "noPermission")
    text = text_of(card_of(asked.visit("creator", 1)))
    assert "钉钉的审批模板还没有建好：没有权限（noPermission）请开通权限" in text


def test_a_card_that_waits_for_people(asked):
    change(asked, send)
    card = card_of(asked.visit("creator", 1))
    assert card["data-approval"] == "pending"
    assert "已发送到钉钉，等待 李组长、王经理 审批" in text_of(card)


def test_who_was_left_out_is_named_and_not_waited_for(asked):
    def work(card, delivery):
        send(card, delivery)
        card.left_out = "李组长（没有填写手机号）"

    change(asked, work)
    text = text_of(card_of(asked.visit("creator", 1)))
    assert "等待 王经理 审批" in text
    assert "没有收到审批的处理人：李组长（没有填写手机号）" in text


def test_a_failed_try_shows_code_sentence_cure_and_the_next_try(asked):
    def work(card, delivery):
        delivery.last_code, delivery.last_message = "88", "网关超时"
        delivery.cure = "无需处理"

    change(asked, work)
    text = text_of(card_of(asked.visit("creator", 1)))
    assert text.startswith("发送到钉钉失败，稍后自动重试")
    assert "88 · 网关超时 · 无需处理 · 将于 20" in text
    assert text.endswith("自动重试")


def test_a_disabled_platform_is_said(asked):
    with asked.app.test_request_context():
        boss = asked.member("boss")
        integrations.save_provider("dingtalk", False, KEY, None, None, boss)
        db.session.commit()
        db.session.remove()
    assert "钉钉对接已停用" in text_of(card_of(asked.visit("creator", 1)))


def test_a_broken_card_says_why_and_can_be_sent_again(asked):
    def work(card, delivery):
        deliveries.fail(delivery, "60121", "找不到该用户", "核对手机号")
        card.state = ApprovalState.PENDING
        approvals.break_card(card, "没有一个处理人能在钉钉中找到", "COMPLETED/odd")

    change(asked, work)
    for username in ("creator", "lead", "boss"):
        page = asked.visit(username, 1)
        card = card_of(page)
        assert card["data-approval"] == "broken"
        text = text_of(card)
        for part in ("需要人工处理", "没有一个处理人", "COMPLETED/odd", "60121 · 找不到该用户"):
            assert part in text
        assert card.find("form")["action"] == f"{PAGE}/resend"
    assert card_of(asked.visit("onlooker", 1)).find("form") is None
    asked.sign_in("onlooker").post(f"{PAGE}/resend", {"provider": "dingtalk"}, 403)

    page = asked.visit("creator", 1).form(action=f"{PAGE}/resend").send()
    assert page.flashes == [("success", "正在重新发送审批。")]
    cards = page.select('[data-step="1"] [data-approval]')
    assert [card["data-approval"] for card in cards] == ["broken", "queued"]
    assert page.select(f'form[action="{PAGE}/resend"]') == []
    page = asked.sign_in("creator").post(f"{PAGE}/resend", {"provider": "dingtalk"})
    assert page.flashes == [("warning", "该步骤的审批仍然有效，无需重新发送")]


def test_a_broken_card_does_not_say_the_same_twice(asked):
    def work(card, delivery):
        deliveries.fail(delivery, "60121", "找不到该用户", "核对手机号")
        approvals.break_card(card, "找不到该用户。核对手机号")

    change(asked, work)
    text = text_of(card_of(asked.visit("creator", 1)))
    assert text.count("找不到该用户") == text.count("核对手机号") == 1
    assert "发起审批：失败 60121" in text


@pytest.mark.parametrize("provider", ["", "feishu", "nonsense"])
def test_only_a_platform_that_is_on_can_be_asked_again(asked, provider):
    page = asked.sign_in("creator").post(f"{PAGE}/resend", {"provider": provider})
    assert [kind for kind, _text in page.flashes] == ["warning"]


def test_a_pending_card_with_a_problem_shows_it_loudly(asked):
    def work(card, delivery):
        send(card, delivery)
        card.problem, card.raw_state = "钉钉返回了未知的状态", "FROZEN"

    change(asked, work)
    text = text_of(card_of(asked.visit("creator", 1)))
    assert "钉钉返回了未知的状态" in text
    assert "FROZEN" in text


def test_a_card_decided_over_there(asked):
    def work(card, delivery):
        send(card, delivery)
        member = asked.member("owner")
        approvals.end(card, ApprovalState.APPROVED)
        card.decided_by = member
        tickets.decide(card.step, member, True, "同意", via="dingtalk")

    change(asked, work)
    page = asked.visit("creator", 1)
    step = page.one('[data-step="1"]')
    assert (step["data-decided-by"], step["data-via"]) == ("owner", "dingtalk")
    assert "在钉钉 · 审核通过" in text_of(step)
    assert "王经理 已在钉钉同意" in text_of(card_of(page))
    assert page.one('[data-step="2"] [data-approval]')["data-approval"] == "queued"


@pytest.mark.parametrize(
    ("state", "part"),
    [
        (DeliveryState.QUEUED, "正在结束钉钉中的审批"),
        (DeliveryState.SENT, "钉钉中的审批已结束"),
        (DeliveryState.FAILED, "钉钉中的审批没能结束"),
    ],
)
def test_decided_here_the_other_side_is_followed(asked, state, part):
    change(asked, send)
    asked.visit("lead", 1).form(action=f"{PAGE}/approve").send()

    def end(ticket):
        ending = db.session.scalars(select(Delivery).filter_by(action="decide")).one()
        ending.state, ending.last_code, ending.last_message = state, "77", "失败了"

    asked.change(1, end)
    card = card_of(asked.visit("creator", 1))
    assert card["data-approval"] == "superseded"
    assert part in text_of(card)
    assert ("77 · 失败了" in text_of(card)) == (state != DeliveryState.SENT)


def test_decided_before_it_was_sent(asked):
    asked.visit("lead", 1).form(action=f"{PAGE}/approve").send()
    text = text_of(card_of(asked.visit("creator", 1)))
    assert text == "已在别处处理，没有再发送到钉钉 发起审批：无需发送"


def test_opening_the_page_asks_for_its_card_sooner(asked):
    def work(card, delivery):
        send(card, delivery)
        card.next_poll_at = card.started_at.replace(year=2099)

    change(asked, work)
    asked.visit("onlooker", 1)
    with asked.app.app_context():
        assert db.session.scalars(select(Approval)).one().next_poll_at.year < 2099


def test_a_submitter_is_warned_before_filing(asked):
    """Pitfall 16: whoever has no account over there learns it before, not never."""
    new = "/projects/pay/tickets/new"
    assert not asked.sign_in("creator").get(new).select(".notice-warning")
    with asked.app.app_context():
        for username in ("creator", "dba"):
            asked.member(username).phone = ""
        db.session.commit()
    first, second = asked.sign_in("creator").get(new).select(".notice-warning")
    assert "没有填写手机号" in text_of(first)
    assert "没有设置替补发起人" in text_of(first)
    assert text_of(second) == (
        "第 2 步没有人能在钉钉收到审批，只能在门户中处理：赵主任（没有填写手机号）"
    )
    with asked.app.test_request_context():
        boss = asked.member("boss")
        integrations.save_provider("dingtalk", True, KEY, None, asked.member("onlooker"), boss)
        db.session.commit()
        db.session.remove()
    first = asked.sign_in("creator").get(new).select(".notice-warning")[0]
    assert "将由替补发起人 周同事 发起" in text_of(first)


def test_a_pending_card_says_that_nobody_reads_it_while_its_platform_is_off(asked):
    change(asked, send)
    with asked.app.test_request_context():
        integrations.save_provider("dingtalk", False, KEY, None, None, asked.member("boss"))
        db.session.commit()
        db.session.remove()
    text = text_of(card_of(asked.visit("creator", 1)))
    assert "已发送到钉钉，对接停用期间不读取结果" in text
