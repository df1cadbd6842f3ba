"""Lost answers, in process: exactly one card, whatever became of the answer (R6-R9)."""

import sqlite3
import threading
import time

import pytest

from portal.domain import integrations, ledger, tickets
from portal.extensions import db
from portal.models import (
    AppHealth,
    Approval,
    ApprovalState,
    Delivery,
    DeliveryAttempt,
    DeliveryState,
)
from portal.sandbox.seed import DEFAULT_APP_KEY

START = "workflow/processInstances$"


def only_card(world, ticket_id):
    """The one live card of this ticket, by the far side's own store."""
    cards = world.sandbox.cards(marker=f"-{ticket_id}-R")
    assert len(cards) == 1, cards
    return cards[0]


@pytest.mark.parametrize("kind", ["lost_before", "lost_after"])
def test_an_answer_that_did_not_come_is_neither_yes_nor_no(world, kind):
    """Pitfall 15; N3, N4: look first, after settling, then adopt or send again."""
    ticket_id = world.file()
    world.sandbox.fault(kind, START, method="POST")
    world.deliver()
    assert world.facts(ticket_id)["deliveries"][0][1] == "queued"
    starts = len(
        [
            call
            for call in world.sandbox.calls()
            if call["method"] == "POST" and call["path"].endswith("processInstances")
        ]
    )
    world.pass_time(1.0)
    world.deliver()  # not settled yet: no look, no second start
    assert world.sandbox.calls("instanceIds") == []
    world.pass_time(30)
    world.deliver()
    facts = world.facts(ticket_id)
    assert facts["deliveries"][0][1] == "sent"
    assert len(world.sandbox.calls("instanceIds")) >= 1
    card = only_card(world, ticket_id)
    with world.ticket(ticket_id):
        delivery = db.session.scalars(db.select(Delivery)).one()
        assert delivery.approval.external_id == card["id"]
    again = [
        call
        for call in world.sandbox.calls()
        if call["method"] == "POST" and call["path"].endswith("processInstances")
    ]
    assert len(again) - starts == (1 if kind == "lost_before" else 0)


@pytest.mark.parametrize("kind", ["status", "status_after"])
def test_a_5xx_is_in_doubt_whatever_its_code(world, kind):
    ticket_id = world.file()
    world.sandbox.fault(
        kind,
        START,
        method="POST",
        status=500,
        body={"code": "systemError", "message": "系统错误", "requestid": "1"},
    )
    world.deliver()
    world.pass_time(60)
    world.deliver()
    assert world.facts(ticket_id)["deliveries"][0][1] == "sent"
    only_card(world, ticket_id)


def test_closed_while_in_doubt_finds_and_withdraws_the_card(world):
    """C8."""
    ticket_id = world.file()
    world.sandbox.fault("lost_after", START, method="POST")
    world.deliver()
    with world.ticket(ticket_id) as ticket:
        tickets.close(ticket, world.member("creator"), "算了")
    world.sandbox.control("rules", {"withdraw_after": 0})
    for _round in range(4):
        world.pass_time(30)
        world.deliver()
    assert only_card(world, ticket_id)["status"] == "TERMINATED"
    states = {state for _action, state, _code in world.facts(ticket_id)["deliveries"]}
    assert states == {"sent"}


def test_closed_while_in_doubt_and_nothing_there_sends_nothing(world):
    ticket_id = world.file()
    world.sandbox.fault("lost_before", START, method="POST")
    world.deliver()
    with world.ticket(ticket_id) as ticket:
        tickets.close(ticket, world.member("creator"), "算了")
    for _round in range(4):
        world.pass_time(30)
        world.deliver()
    assert world.sandbox.cards() == []
    states = {state for _action, state, _code in world.facts(ticket_id)["deliveries"]}
    assert states == {"void"}


def test_no_transaction_is_open_while_a_provider_is_called(world):
    """DESIGN §5.2: seen from outside, by another connection that takes the write lock."""
    world.file()
    world.sandbox.fault("delay", "processInstances", seconds=0.8)
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


def test_wrong_credentials_fail_at_once_with_the_cure_and_retry_works(world):
    """Pitfall 14: failures were logged, never retried, and shown to nobody."""
    world.sandbox.control("apps", {"app_secret": "another-secret", "revoke_tokens": True})
    ticket_id = world.file()
    world.deliver()
    facts = world.facts(ticket_id)
    assert facts["deliveries"] == [("start", "failed", "invalidClientIdOrSecret")]
    assert facts["cards"][0][1] == "broken"
    with world.rules():
        delivery = db.session.scalars(db.select(Delivery)).one()
        assert "AppSecret" in delivery.cure
        health = db.session.scalars(db.select(AppHealth)).one()
        assert health.reason == "credentials"
    world.sandbox.control(
        "apps", {"app_secret": "sandbox-secret-of-the-first-app", "revoke_tokens": True}
    )
    with world.rules():
        ledger.retry(db.session.scalars(db.select(Delivery)).one(), world.member("boss"))
    world.deliver()
    facts = world.facts(ticket_id)
    assert facts["deliveries"] == [("start", "sent", "")]
    assert facts["cards"][0][1] == "pending"


def test_a_missing_permission_fails_with_its_name(world):
    world.sandbox.control("scopes", {"revoke": ["Workflow.Instance.Write"]})
    ticket_id = world.file()
    world.deliver()
    facts = world.facts(ticket_id)
    assert facts["deliveries"][0][1] == "failed"
    with world.rules():
        cure = db.session.scalars(db.select(Delivery)).one().cure
    assert "工作流实例写权限" in cure
    assert "Workflow.Instance.Write" in cure


def test_a_throttled_app_waits_as_long_as_it_was_told(world):
    """N10: no other row of that app is sent meanwhile."""
    first, second = world.file(), world.file()
    world.sandbox.fault("qps", START, method="POST")
    world.deliver()
    states = [world.facts(one)["deliveries"][0][1] for one in (first, second)]
    assert states == ["queued", "queued"]
    world.pass_time(5)
    world.deliver()
    world.pass_time(5)
    world.deliver()
    states = [world.facts(one)["deliveries"][0][1] for one in (first, second)]
    assert states == ["sent", "sent"]
    assert len(world.sandbox.cards()) == 2


def test_a_used_up_quota_stops_all_but_one_call_a_day(world):
    """N12."""
    ids = [world.file() for _ in range(3)]
    world.sandbox.fault("quota", "workflow", times=None)
    world.deliver()
    world.sandbox.control("calls", method="DELETE")
    for _hour in range(20):
        world.pass_time(3600)
        world.deliver()
        world.sweep()
    assert len(world.sandbox.calls("workflow")) == 0
    world.pass_time(5 * 3600)
    world.deliver()
    assert len(world.sandbox.calls("workflow")) == 1
    world.sandbox.control("faults", method="DELETE")
    for _day in range(4):
        world.pass_time(25 * 3600)
        world.deliver()
    assert [world.facts(one)["deliveries"][0][1] for one in ids] == ["sent"] * 3


def test_an_expired_token_is_fetched_once_and_the_call_made_again(world):
    """N14, pitfall 23: never a loop."""
    world.file()
    world.sandbox.fault("token", START, method="POST")
    world.deliver()
    assert len(world.sandbox.cards()) == 1
    tokens = world.sandbox.calls("accessToken")
    assert len(tokens) <= 2


def test_five_transport_failures_open_the_breaker_for_all(world):
    """R10: one probe, not a storm."""
    ids = [world.file() for _ in range(8)]
    world.sandbox.fault("status", "workflow", times=None, status=503, body="busy")
    for _tick in range(10):
        world.deliver()
        world.pass_time(2.5)
    with world.rules():
        health = db.session.scalars(db.select(AppHealth)).one()
        assert health.reason == "transport"
    world.sandbox.control("calls", method="DELETE")
    world.deliver()
    assert world.sandbox.calls("workflow") == []
    world.sandbox.control("faults", method="DELETE")
    for _tick in range(6):
        world.pass_time(400)
        world.deliver()
    assert {world.facts(one)["deliveries"][0][1] for one in ids} == {"sent"}
    assert len(world.sandbox.cards()) == 8


def test_every_try_is_kept(world):
    world.file()
    world.sandbox.fault("lost_before", START, method="POST")
    world.deliver()
    world.pass_time(60)
    world.deliver()
    with world.rules():
        tries = db.session.scalars(db.select(DeliveryAttempt).order_by(DeliveryAttempt.id)).all()
        assert [one.outcome for one in tries] == ["no", "yes"]
        assert all(one.wire_at is not None for one in tries)
        assert tries[-1].external_id


def test_a_disabled_provider_makes_no_call_and_goes_on_when_enabled(world):
    """Pitfall 24."""
    first = world.file()
    world.deliver()
    with world.rules():
        integrations.save_provider(
            "dingtalk", False, DEFAULT_APP_KEY, None, None, world.member("boss")
        )
    second = world.file()
    world.sandbox.control("calls", method="DELETE")
    world.run()
    assert world.sandbox.calls() == []
    with world.rules():
        integrations.save_provider(
            "dingtalk", True, DEFAULT_APP_KEY, None, None, world.member("boss")
        )
    world.run()
    assert world.facts(first)["cards"][0][1] == "pending"
    assert world.facts(second)["cards"][0][1] == "pending"
    assert len(world.sandbox.cards(status="RUNNING")) == 2


def test_a_probe_that_asked_nothing_lets_the_next_one_go_at_once(world):
    """After a pause one row goes ahead; one that needs no call must not hold up the others."""
    first, second = world.file(), world.file()
    world.sandbox.fault("status", "workflow", times=5, status=503, body="busy")
    for _tick in range(12):
        world.deliver()
        world.pass_time(2.5)
    with world.rules():
        assert db.session.scalars(db.select(AppHealth)).one().reason == "transport"
        for name in ("lead", "owner"):  # the first row due will not need a call
            world.member(name).phone = ""
    world.sandbox.control("faults", method="DELETE")
    world.pass_time(1000)
    world.deliver()
    with world.rules():
        world.member("lead").phone = "+8613900000002"
    third = world.file()
    world.deliver()
    states = [world.facts(one)["deliveries"][0][1] for one in (first, second, third)]
    assert states == ["failed", "failed", "sent"]


def test_a_refusal_is_an_answer_and_ends_the_pause(world):
    first, second = world.file(), world.file()
    world.sandbox.fault("status", "workflow", times=5, status=503, body="busy")
    for _tick in range(12):
        world.deliver()
        world.pass_time(2.5)
    world.sandbox.control("faults", method="DELETE")
    world.sandbox.control("scopes", {"revoke": ["Workflow.Instance.Read"]})
    world.pass_time(1000)
    world.deliver()
    assert world.facts(first)["deliveries"][0][1] in {"failed", "sent"}
    assert world.facts(second)["deliveries"][0][1] in {"failed", "sent"}


def test_an_id_that_was_answered_is_used_though_its_process_died_at_once(world):
    """P5, in the narrowest window: the try's own row has the id, the card does not yet."""
    ticket_id = world.file()
    world.deliver()
    card = only_card(world, ticket_id)
    with world.rules():
        delivery = db.session.scalars(db.select(Delivery)).one()
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
