"""Lost answers, in process: exactly one card, whatever became of the answer (R6-R9)."""

import re
import sqlite3
import threading
import time

import pytest

from portal.domain import tickets
from portal.extensions import db
from portal.models import (
    Approval,
    ApprovalState,
    DeliveryState,
)


def starts(world):
    """Every call over there that asked for a card."""
    path = re.compile(world.platform.start)
    return [
        call
        for call in world.sandbox.calls()
        if call["method"] == "POST" and path.search(call["path"])
    ]


def only_card(world, ticket_id):
    """The one live card of this ticket, by the far side's own store."""
    cards = world.sandbox.cards(marker=f"-{ticket_id}-R")
    assert len(cards) == 1, cards
    return cards[0]


@pytest.mark.parametrize("kind", ["lost_before", "lost_after"])
def test_an_answer_that_did_not_come_is_neither_yes_nor_no(world, platform, kind):
    """Pitfall 15; N3, N4: look first, after settling, then adopt or send again."""
    ticket_id = world.file()
    world.sandbox.fault(kind, platform.start, method="POST")
    world.deliver()
    assert world.facts(ticket_id)["deliveries"][0][1] == "queued"
    assert len(starts(world)) == 1
    world.pass_time(1.0)
    world.deliver()  # not settled yet: no look, no second start
    assert world.sandbox.calls(platform.look) == []
    world.pass_time(30)
    world.run()
    facts = world.facts(ticket_id)
    assert facts["deliveries"][0][1] == "sent"
    assert len(world.sandbox.calls(platform.look)) >= 1
    card = only_card(world, ticket_id)
    with world.ticket(ticket_id):
        delivery = world.started()
        assert delivery.approval.external_id == card["id"]
    assert len(starts(world)) == (2 if kind == "lost_before" else 1)


@pytest.mark.parametrize("kind", ["status", "status_after"])
def test_a_5xx_is_in_doubt_whatever_its_code(world, platform, kind):
    ticket_id = world.file()
    world.sandbox.fault(
        kind,
        platform.start,
        method="POST",
        status=500,
        body={"code": "systemError", "message": "系统错误", "requestid": "1"},
    )
    world.deliver()
    world.pass_time(60)
    world.run()
    assert world.facts(ticket_id)["deliveries"][0][1] == "sent"
    only_card(world, ticket_id)


def test_closed_while_in_doubt_finds_and_withdraws_the_card(world, platform):
    """C8."""
    ticket_id = world.file()
    world.sandbox.fault("lost_after", platform.start, method="POST")
    world.deliver()
    with world.ticket(ticket_id) as ticket:
        tickets.close(ticket, world.member("creator"), "算了")
    world.sandbox.control("rules", {"withdraw_after": 0})
    for _round in range(4):
        world.pass_time(30)
        world.deliver()
    assert world.outcome(only_card(world, ticket_id)) == "withdrawn"
    states = {state for _action, state, _code in world.facts(ticket_id)["deliveries"]}
    assert states == {"sent"}


def test_closed_while_in_doubt_and_nothing_there_sends_nothing(world, platform):
    ticket_id = world.file()
    world.sandbox.fault("lost_before", platform.start, method="POST")
    world.deliver()
    with world.ticket(ticket_id) as ticket:
        tickets.close(ticket, world.member("creator"), "算了")
    for _round in range(4):
        world.pass_time(30)
        world.deliver()
    assert world.sandbox.cards() == []
    states = {state for _action, state, _code in world.facts(ticket_id)["deliveries"]}
    assert states == {"void"}


def test_no_transaction_is_open_while_a_provider_is_called(world, platform):
    """DESIGN §5.2: seen from outside, by another connection that takes the write lock."""
    world.file()
    world.sandbox.fault("delay", platform.start, seconds=0.8)
    worker = threading.Thread(target=world.deliver)
    worker.start()
    path = world.database_file
    longest = 0.0
    while worker.is_alive():
        began = time.monotonic()
        connection = sqlite3.connect(path, timeout=5, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
        connection.close()
        longest = max(longest, time.monotonic() - began)
        time.sleep(0.02)
    worker.join()
    assert longest < 0.5
    assert len(world.sandbox.cards()) == 1


def test_every_try_is_kept(world, platform):
    world.file()
    world.sandbox.fault("lost_before", platform.start, method="POST")
    world.deliver()
    world.pass_time(60)
    world.run()
    with world.rules():
        tries = [one for one in world.started().tries if one.code != "template"]
        assert [one.outcome for one in tries] == ["no", "yes"]
        assert all(one.wire_at is not None for one in tries)
        assert tries[-1].external_id


def test_an_id_that_was_answered_is_used_though_its_process_died_at_once(world):
    """P5, in the narrowest window: the try's own row has the id, the card does not yet."""
    ticket_id = world.file()
    world.deliver()
    card = only_card(world, ticket_id)
    with world.rules():
        delivery = world.started()
        approval = delivery.approval
        approval.external_id = approval.started_at = approval.next_poll_at = None
        approval.state = ApprovalState.QUEUED
        delivery.state, delivery.ended_at = DeliveryState.SENDING, None
    world.pass_time(100)
    world.deliver()
    assert only_card(world, ticket_id)["id"] == card["id"]
    with world.rules():
        approval = db.session.scalars(db.select(Approval)).one()
        assert (approval.external_id, approval.state) == (card["id"], "pending")
