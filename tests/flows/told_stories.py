"""The stories of told.TOLD: each a way along an edge, and what is then said over there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from portal.domain import notice_texts, notices
from portal.domain.told import Edge
from portal.models import StatementState
from tests.flows import telling

SERVER_SAID = "Duplicate entry '7' for key 'PRIMARY'"


@dataclass(frozen=True)
class Story:
    """One way along an edge.

    play     the edge, on a ticket that is ready to be put online, or (fresh) whose first card
             waits over there
    says     the last thing said on the ticket's last card that has ended, as a pattern
    calls    what telling it costs on one platform, all calls of the edge counted
    """

    edge: Edge
    play: Callable
    says: str
    comments: int = 1
    calls: int = 1
    is_fresh: bool = False


def told(edge: Edge, **facts) -> Callable:
    def play(world, ticket_id):
        with world.ticket(ticket_id) as ticket:
            notices.tell(ticket, edge, **facts)

    return play


def finish(world, ticket_id):
    telling.run_ends(world, ticket_id, Edge.FINISHED, {"rows": 4}, {"rows": None}, {"rows": 3})


def finish_uncounted(world, ticket_id):
    telling.run_ends(world, ticket_id, Edge.FINISHED, {"rows": None})


def fail(world, ticket_id):
    failed = {"state": StatementState.FAILED, "code": "1062", "message": SERVER_SAID}
    telling.run_ends(world, ticket_id, Edge.FAILED, {"rows": 1}, failed)


def lose_sight(world, ticket_id):
    telling.run_ends(world, ticket_id, Edge.FAILED, {"state": StatementState.UNKNOWN})


def fail_without_a_statement(world, ticket_id):
    telling.run_ends(world, ticket_id, Edge.FAILED, problem="连接不上数据源")


def refuse_here(world, ticket_id):
    telling.refuse(world, ticket_id, 1, "lead", "缺少索引")


def refuse_there(world, ticket_id):
    world.sandbox.press(telling.last_card(world), "refuse", "ding-lead", remark="缺少索引")
    world.sweep()


def refuse_online(world, ticket_id):
    telling.refuse(world, ticket_id, 3, "operator", "没有备份")


def agree_here(world, ticket_id):
    telling.agree(world, ticket_id, 1, "lead", "可以")


def close_rejected(world, ticket_id):
    refuse_there(world, ticket_id)
    world.sandbox.control("calls", method="DELETE")
    telling.close(world, ticket_id)


STORIES = {
    "agreed here": Story(Edge.STEP_AGREED, agree_here, "可以", 0, 3, True),
    "refused here": Story(Edge.REFUSED, refuse_here, "缺少索引", 0, 2, True),
    "refused there": Story(Edge.REFUSED, refuse_there, "缺少索引", 0, 1, True),
    "refused online": Story(
        Edge.REFUSED, refuse_online, "工单 #1 已被 孙运维 驳回（{at}）：没有备份"
    ),
    "scheduled": Story(Edge.SCHEDULED, told(Edge.SCHEDULED), "", 0, 0),
    "unscheduled": Story(Edge.UNSCHEDULED, told(Edge.UNSCHEDULED), "", 0, 0),
    "not confirmed": Story(
        Edge.RETURNED,
        told(Edge.RETURNED, why=notice_texts.UNCONFIRMED),
        "工单 #1 没有上线，回到待上线（{at}）：定时上线前没有得到确认",
    ),
    "not begun": Story(
        Edge.RETURNED,
        told(Edge.RETURNED, why=notice_texts.NOT_BEGUN),
        "工单 #1 没有上线，回到待上线（{at}）：上线没有开始，SQL 没有执行",
    ),
    "finished": Story(Edge.FINISHED, finish, "工单 #1 上线成功（{at}，3 条语句全部执行）"),
    "finished, rows unknown": Story(
        Edge.FINISHED, finish_uncounted, "工单 #1 上线成功（{at}，1 条语句全部执行）"
    ),
    "by hand": Story(
        Edge.MARKED_EXECUTED,
        telling.mark_executed,
        "工单 #1 已由 孙运维 标记为人工上线（{at}）",
    ),
    "failed": Story(
        Edge.FAILED,
        fail,
        "工单 #1 上线失败（{at}）：第 2 条语句：1062 " + re.escape(SERVER_SAID),
    ),
    "outcome unknown": Story(
        Edge.FAILED,
        lose_sight,
        "工单 #1 上线失败（{at}）：第 1 条语句：结果未知，请到数据库核对",
    ),
    "failed at once": Story(
        Edge.FAILED, fail_without_a_statement, "工单 #1 上线失败（{at}）：连接不上数据源"
    ),
    "closed": Story(Edge.CLOSED, telling.close, "工单 #1 已被 陈工 关闭（{at}）：填错了"),
    "closed, rejected": Story(
        Edge.CLOSED,
        close_rejected,
        "工单 #1 已被 陈工 关闭（{at}）：填错了",
        is_fresh=True,
    ),
}
