"""Comments in trouble: left once whatever becomes of an answer, refused, or given up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain.failures import MOST_OPEN_ANSWERS
from portal.extensions import db
from portal.models import Delivery, DeliveryAction
from tests.flows import telling

BUSY = {"code": "internalError", "message": "系统错误", "msg": "系统错误"}


def put_off(world, rounds: int = 4) -> None:
    """Let what is in doubt settle, and whatever waits be tried again."""
    for _round in range(rounds):
        world.pass_time(30)
        world.deliver()


@pytest.mark.parametrize(
    ("kind", "calls"),
    [("lost_before", 2), ("lost_after", 1), ("status", 2), ("status_after", 1), ("half", 1)],
)
def test_a_comment_in_doubt_is_left_once(world, platform, ready, kind, calls):
    """R8: the next try looks first, after settling."""
    world.sandbox.fault(kind, platform.comment, method="POST", status=500, body=BUSY)
    telling.mark_executed(world, ready)
    world.deliver()
    world.pass_time(1)
    world.deliver()
    assert telling.comment_calls(world) == 1, "not settled yet"
    put_off(world)
    assert telling.comment_of(world, ready)[0] == "sent"
    assert "人工上线" in telling.only_comment(world, telling.last_card(world))
    assert telling.comment_calls(world) == calls


def test_a_comment_whose_look_fails_is_looked_for_again(world, platform, ready):
    world.sandbox.fault("lost_after", platform.comment, method="POST")
    telling.mark_executed(world, ready)
    world.deliver()
    world.sandbox.fault("lost_before", telling.last_card(world), method="GET")
    world.sandbox.fault("lost_before", "workflow/processInstances$", method="GET")
    put_off(world, rounds=6)
    assert telling.comment_of(world, ready)[0] == "sent"
    assert telling.comment_calls(world) == 1


def test_a_comment_that_was_answered_is_not_left_again(world, ready):
    """Its process lost the lease, or died, between the answer and the row's end (R6)."""
    telling.mark_executed(world, ready)
    world.deliver()
    with world.rules():
        row = telling.comment_row()
        row.state, row.ended_at = "sending", None
    put_off(world)
    assert telling.comment_of(world, ready)[0] == "sent"
    assert telling.comment_calls(world) == 1


def test_a_refused_comment_ends_with_a_plain_sentence(world, platform, ready, creator):
    """UNCONFIRMED for both platforms: an ended card may take no comment."""
    world.sandbox.control("rules", {"comment_after_end": False})
    before = world.facts(ready)
    telling.mark_executed(world, ready)
    put_off(world)
    assert telling.comment_calls(world) == 1
    after = world.facts(ready)
    assert (after["cards"], after["problems"]) == (before["cards"], before["problems"])
    assert after["status"] == "finished"
    (line,) = telling.untold(world, creator)
    assert line.startswith(f"未能在{platform.title}通知创建人和处理人：{platform.title}没有接受")
    card = creator.get(telling.PAGE).one('[data-step="2"] [data-approval]')
    assert "通知：失败" in card.get_text()
    assert "没能结束" not in card.get_text()


def test_a_refused_comment_is_sent_by_retry_in_the_ledger(world, ready, creator, sign_in):
    world.sandbox.control("rules", {"comment_after_end": False})
    telling.mark_executed(world, ready)
    world.deliver()
    boss = sign_in("boss")
    row = boss.get("/settings/deliveries").one('[data-action="comment"]')
    assert row["data-delivery"] == "failed"
    assert "通知" in row.get_text()
    assert "无需处理" in row.get_text()
    world.sandbox.control("rules", {"comment_after_end": True})
    number = row["id"].removeprefix("delivery-")
    boss.get("/settings/deliveries").form(action=f"/settings/deliveries/{number}/retry").send()
    world.deliver()
    assert telling.comment_of(world, ready) == ("sent", "")
    telling.only_comment(world, telling.last_card(world))
    assert telling.untold(world, creator) == []
    assert "通知：已送达" in creator.get(telling.PAGE).text


def test_an_answer_that_stays_open_is_asked_for_a_few_times_only(
    world, platform, ready, creator
):
    """It may be how a platform says no: a look and a comment each time would use up the month."""
    world.sandbox.fault(
        "status", platform.comment, method="POST", status=500, body=BUSY, times=None
    )
    telling.mark_executed(world, ready)
    put_off(world, rounds=12)
    assert telling.comment_calls(world) == MOST_OPEN_ANSWERS
    assert telling.comment_of(world, ready)[0] == "failed"
    assert telling.untold(world, creator)


def test_a_card_that_is_gone_takes_no_comment(world, platform, ready, creator):
    world.sandbox.fault("status", platform.comment, method="POST", status=400, body=gone(platform))
    telling.mark_executed(world, ready)
    put_off(world)
    assert telling.comment_of(world, ready)[0] == "failed"
    assert telling.comment_calls(world) == 1
    assert telling.untold(world, creator)


def gone(platform) -> dict:
    """How the platform says that there is no such card."""
    return {
        "dingtalk": {"code": "aflowProcessInstNotExist", "message": "审批实例不存在"},
        "feishu": {"code": 1390003, "msg": "instance code not found"},
    }[platform.name]


def test_a_comment_comes_after_what_ends_the_card(world):
    """Pitfall 9: one card's calls go in order."""
    ticket_id = world.file()
    world.deliver()
    telling.agree(world, ticket_id, 1, "lead")
    world.deliver()
    telling.agree(world, ticket_id, 2, "dba")
    telling.mark_executed(world, ticket_id)
    with world.rules():
        ending = db.session.scalars(
            db.select(Delivery).filter_by(action=DeliveryAction.DECIDE).order_by(Delivery.id.desc())
        ).first()
        ending.due_at += timedelta(hours=1)
    world.deliver()
    assert telling.comment_calls(world) == 0
    world.pass_time(3600)
    world.deliver()
    assert telling.comment_calls(world) == 1
    assert world.outcome(world.sandbox.cards()[-1]) == "approved"
