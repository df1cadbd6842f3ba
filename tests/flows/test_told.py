"""Who is told: a story a row of told.TOLD, judged by what stands over there afterwards."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from portal.domain import tickets
from portal.domain.told import TOLD, Edge, Way
from portal.extensions import db
from portal.models import Delivery, DeliveryAction, StatementState, TicketTask
from tests.flows import telling
from tests.flows.told_stories import SERVER_SAID, STORIES, fail

README = Path(__file__).resolve().parents[2] / "README.md"


def first_card(world) -> int:
    """A ticket whose first card waits over there."""
    ticket_id = world.file()
    world.deliver()
    world.sandbox.control("rules", {"withdraw_after": 0})
    world.pass_time(30)  # so that a card may be withdrawn at once
    world.sandbox.control("calls", method="DELETE")
    return ticket_id


def comments_of(world) -> list[Delivery]:
    with world.rules():
        query = db.select(Delivery).filter_by(action=DeliveryAction.COMMENT)
        return list(db.session.scalars(query))


@pytest.mark.parametrize("name", STORIES)
def test_an_edge_is_told_once(world, name):
    story = STORIES[name]
    ticket_id = first_card(world) if story.is_fresh else telling.make_ready(world)
    card = telling.last_card(world)
    story.play(world, ticket_id)
    world.deliver()
    calls = telling.counted(world)
    world.run()
    said = world.sandbox.said(card)
    telling.matches(story.says, said[-1] if said else "")
    assert telling.comment_calls(world) == len(comments_of(world)) == story.comments
    if story.comments:
        assert telling.only_comment(world, card) == said[-1]
        assert telling.comment_of(world, ticket_id) == ("sent", "")
    assert calls == story.calls


def test_a_new_ticket_is_told_by_its_card(world):
    """Row submitted: the approver has it, the creator has filed it."""
    world.file()
    world.deliver()
    (card,) = world.sandbox.cards()
    assert card["originator"] == "ding-creator"
    assert {task["user"] for task in card["tasks"]} == {"ding-lead", "ding-owner"}
    assert comments_of(world) == []


@pytest.mark.parametrize("edge", [Edge.CLOSED, Edge.REFUSED])
def test_a_withdrawal_tells_its_reason_and_costs_no_comment(world, platform, edge):
    """Closed, or refused by somebody who has no task over there."""
    ticket_id = first_card(world)
    if edge is Edge.CLOSED:
        telling.close(world, ticket_id)
    else:
        with world.ticket(ticket_id) as ticket:
            tickets.withdrawn_over_there(world.step(ticket, 1), "换人审批", "portal")
    world.run()
    (card,) = world.sandbox.cards()
    assert world.outcome(card) == "withdrawn"
    reason = {Edge.CLOSED: "工单已关闭：填错了", Edge.REFUSED: "工单已驳回：换人审批"}[edge]
    assert world.sandbox.said(card["id"]) == [reason]
    assert comments_of(world) == []


def test_on_two_platforms_each_is_told_once(both):
    ticket_id = telling.make_ready(both)
    telling.mark_executed(both, ticket_id)
    both.run()
    last = {card["provider"]: card["id"] for card in both.sandbox.cards()}
    for card_id in last.values():
        (said,) = both.sandbox.card(card_id)["comments"]
        telling.matches("工单 #1 已由 孙运维 标记为人工上线（{at}）", said["comment"])
    assert telling.comment_calls(both) == len(comments_of(both)) == 2


def test_every_edge_has_a_story():
    assert {story.edge for story in STORIES.values()} | {Edge.SUBMITTED} == set(TOLD)
    assert set(TOLD) == set(Edge)
    for edge, row in TOLD.items():
        comments = {story.comments for story in STORIES.values() if story.edge == edge}
        assert (1 in comments) == (Way.COMMENT in row.ways), edge


def test_of_several_data_sources_the_failing_one_is_named(world):
    ticket_id = telling.make_ready(world)
    with world.ticket(ticket_id) as ticket:
        first = ticket.tasks[0]
        names = ("datasource", "sql", "sql_digest", "score", "pass_rate", "level", "status")
        ticket.tasks.append(TicketTask(**{name: getattr(first, name) for name in names}))
    fail(world, ticket_id)
    world.deliver()
    text = telling.only_comment(world, telling.last_card(world))
    assert text.endswith(f"：订单库 第 2 条语句：1062 {SERVER_SAID}")


def test_a_servers_long_sentence_is_cut(world):
    ticket_id = telling.make_ready(world)
    failed = {"state": StatementState.FAILED, "message": "x\n" * 100_000}
    telling.run_ends(world, ticket_id, Edge.FAILED, failed)
    world.deliver()
    text = telling.only_comment(world, telling.last_card(world))
    assert len(text) < 400
    assert "\n" not in text
    assert "已截断" in text


WORDS = {
    Way.NEW_CARD: "a new card for the next assignees",
    Way.FINISHED_TASK: "the finished card, with its remark",
    Way.WITHDRAWAL: "the withdrawn card, with its reason",
    Way.COMMENT: "one comment on the last card",
    Way.LISTS: "待我处理, 我提交的, the ticket's page",
}


def test_the_readme_says_the_same():
    """A row an edge: its code, and by what people are told."""
    text = README.read_text()
    table = text[text.index("## Who is told") :]
    rows = re.findall(r"^\| [^|`]* \(`(\w+)`\) \| ([^|]*) \|$", table, re.MULTILINE)
    wanted = {
        edge.value: "; ".join(WORDS[way] for way in row.ways) for edge, row in TOLD.items()
    }
    assert dict(rows) == wanted
