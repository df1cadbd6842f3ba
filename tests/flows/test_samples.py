"""发送一张真实审批给我: a delivery like any other, whose withdrawal is a second one."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.models import Approval, Delivery, OperationRecord

PATH = "/settings/integrations"


@pytest.fixture
def boss(world, sign_in):
    """The admin, who has an account over there as well."""
    person = {
        "userid": "ding-boss",
        "name": "管理员",
        "mobile": "13900000077",
        "email": "boss@pay.example",
    }
    world.sandbox.control("people", {"people": [person]})
    world.sandbox.control("rules", {"withdraw_after": 0})  # its clock is not moved by ours
    with world.rules():
        world.member("boss").phone = "+8613900000077"
        world.member("boss").email = "boss@pay.example"
    return sign_in("boss")


def send(boss, platform, name="send-sample"):
    return boss.get(PATH).form(action=f"{PATH}/{platform.name}/{name}").send()


def ledger(world):
    with world.rules():
        rows = db.session.scalars(
            db.select(Delivery).where(Delivery.action != "template").order_by(Delivery.id)
        )
        return [(row.action.value, row.state.value) for row in rows]


def test_it_reaches_the_phone_of_whoever_asked_and_withdraws_itself(world, platform, boss):
    page = send(boss, platform)
    assert f"正在把一张测试审批发送到你的{platform.title}" in page.flashes[0][1]
    assert ledger(world) == [("start", "queued"), ("withdraw", "queued")]
    world.run()
    (card,) = world.sandbox.cards()
    assert [task["user"] for task in card["tasks"]] == ["ding-boss"]
    assert "测试审批" in card["form"]["工单名称"]
    assert ledger(world) == [("start", "sent"), ("withdraw", "queued")]
    assert "已发送给 管理员" in boss.get(PATH).text
    world.pass_time(11 * 60)
    world.run()
    assert world.outcome(card) == "withdrawn"
    assert ledger(world) == [("start", "sent"), ("withdraw", "sent")]
    assert "没有留下待办" in boss.get(PATH).text


def test_it_can_be_withdrawn_at_once(world, platform, boss):
    send(boss, platform)
    world.run()
    world.pass_time(20)
    send(boss, platform, "withdraw-sample")
    world.run()
    assert {world.outcome(card) for card in world.sandbox.cards()} == {"withdrawn"}
    with world.rules():
        actions = [row.action for row in db.session.scalars(db.select(OperationRecord))]
        assert {"sample_sent", "sample_withdrawn"} <= set(actions)


@pytest.mark.parametrize(
    ("button", "state", "words"), [("agree", "approved", "同意"), ("refuse", "rejected", "拒绝")]
)
def test_what_was_pressed_is_shown_and_moves_nothing(world, platform, boss, button, state, words):
    ticket_id = world.file()
    send(boss, platform)
    world.run()
    sample = world.sandbox.cards(marker="SAMPLE")[0]
    world.sandbox.press(sample["id"], button, "ding-boss")
    world.run()
    part = boss.get(PATH).one(f'#{platform.name}-sample [data-approval="{state}"]')
    assert f"管理员 已在{platform.title}点了{words}" in part.get_text()
    assert world.facts(ticket_id)["steps"][0] == "open"
    world.pass_time(11 * 60)
    world.run()
    assert world.outcome(sample) == state, "a decided sample is left as it was"
    assert ("withdraw", "void") in ledger(world)


def test_one_at_a_time_and_as_many_as_one_likes(world, platform, boss):
    send(boss, platform)
    action = f"{PATH}/{platform.name}/send-sample"
    assert not boss.get(PATH).select(f'form[action="{action}"]')
    page = boss.post(action, {})
    assert page.flashes[0][0] == "error"
    assert "还没有结束" in page.flashes[0][1]
    world.run()
    world.pass_time(11 * 60)
    world.run()
    send(boss, platform)
    world.run()
    assert len(world.open_cards()) == 1
    with world.rules():
        keys = [row.key for row in db.session.scalars(db.select(Approval))]
        assert len(set(keys)) == 2


def test_without_a_phone_the_page_says_why_at_once(world, platform, boss):
    with world.rules():
        world.member("boss").phone = world.member("boss").email = ""
    page = send(boss, platform)
    assert page.flashes[0][0] == "error"
    assert "没有填写手机号" in page.flashes[0][1]
    assert ledger(world) == []


def test_nobody_over_there_is_shown_with_the_cure(world, platform, boss):
    with world.rules():
        world.member("boss").phone = "+8613700000000"
        world.member("boss").email = "nobody@pay.example"
    send(boss, platform)
    world.run()
    part = boss.get(PATH).one(f"#{platform.name}-sample")
    assert part.select_one('[data-approval="broken"]')
    assert "没有发送成功" in part.get_text()
    assert "用户中心" in part.get_text()
    assert ledger(world)[0] == ("start", "failed")
    world.pass_time(11 * 60)
    world.run()
    assert ledger(world)[1] == ("withdraw", "void")


def test_the_stand_in_files_it_so_that_it_does_not_pass_by_itself(world, platform, boss):
    world.save_platform(originator="operator")
    send(boss, platform)
    world.run()
    assert world.sandbox.cards()[0]["originator"] == "ding-operator"


def test_a_switched_off_platform_sends_none(world, platform, boss):
    world.save_platform(enabled=False)
    page = boss.post(f"{PATH}/{platform.name}/send-sample", {})
    assert "请先启用" in page.flashes[0][1]
    assert ledger(world) == []


def test_its_rows_in_the_ledger_name_it(world, platform, boss):
    send(boss, platform)
    world.run()
    page = boss.get("/settings/deliveries")
    rows = page.select(f'[data-provider="{platform.name}"][data-delivery]')
    assert [row["data-action"] for row in rows] == ["withdraw", "start", "template"]
    assert "测试审批" in rows[0].get_text()
    assert "准备审批模板" in rows[2].get_text()
