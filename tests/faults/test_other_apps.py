"""C14: the app is changed while its rows are queued and on the wire: each keeps its own app."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import timedelta

import pytest

from portal.domain import app_changes, approvals, deliveries, schedules, tickets
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import Approval, Delivery, DeliveryAttempt, ProviderAccount, Ticket
from tests.faults.conftest import ON_EACH, ON_SERVERS
from tests.faults.goals import IS_LONG
from tests.faults.processes import wait_until

TICKETS = 500 if IS_LONG else 24
SECOND = {"app_key": "secondapp", "app_secret": "second-secret"}


def changed_on_the_way(stage) -> None:
    """Some cards are over there, some on the wire, some queued when another app is saved."""
    stage.warm()
    stage.fault_on_start("delay_after", times=None, seconds=0.1)
    stage.file(TICKETS)
    for _node in range(2):
        stage.worker()
    wait_until(lambda: len(stage.starts()) >= TICKETS // 4, "some have left", 15 + TICKETS / 10)
    stage.sandbox.control("apps", SECOND | {"provider": stage.platform.name})
    stage.world.save_platform(app_key=SECOND["app_key"], secret=SECOND["app_secret"])


def states(stage) -> Counter:
    """(app, the card's state, its start's state) → how many."""
    with stage.world.rules():
        query = db.select(Approval.app_key, Approval.state, Delivery.state).join(
            Delivery, Delivery.approval_id == Approval.id
        )
        return Counter(map(tuple, db.session.execute(query.filter(Delivery.action == "start"))))


def is_on_the_wire(stage) -> bool:
    """Whether a try may have left whose end is not known yet; its row may have ended before it."""
    with stage.world.rules():
        under_way = (DeliveryAttempt.wire_at.is_not(None), DeliveryAttempt.ended_at.is_(None))
        return db.session.scalar(db.select(db.exists().where(*under_way)))


@pytest.mark.faults
@ON_EACH
def test_each_row_keeps_the_app_that_it_was_made_for(stage):
    changed_on_the_way(stage)
    stage.drain(60)
    wait_until(lambda: not is_on_the_wire(stage), "every answer is there")
    first, second = stage.platform.app_key, SECOND["app_key"]
    found = states(stage)
    print(dict(found))
    # Held and told: no card of the first app is asked for any more, and each says why.
    assert {(app, card) for app, card, _start in found} == {(first, "broken")}
    assert {start for _app, _card, start in found} == {"sent", "void"}
    with stage.world.rules():
        problems = set(db.session.scalars(db.select(Approval.problem)).all())
        assert len(problems) == 1
        assert "应用已更换" in problems.pop()
    there = Counter(card["app_key"] for card in stage.sandbox.cards())
    assert set(there) == {first}
    assert len(stage.starts()) >= there[first] - 1  # the one of warm() is not among the calls
    _sent_again(stage, second, there[first])


def _sent_again(stage, second: str, left_behind: int) -> None:
    """重新发送 asks in the new app, of people whom that app has found itself."""
    stage.sandbox.control("faults", method="DELETE")
    again = stage.tickets[:10]
    with stage.world.rules():
        for ticket_id in again:
            ticket = db.session.get_one(Ticket, ticket_id)
            approvals.resend(ticket, stage.world.member("creator"), stage.platform.name)
    stage.drain()
    there = Counter(card["app_key"] for card in stage.sandbox.cards())
    assert there == {stage.platform.app_key: left_behind, second: len(again)}
    with stage.world.rules():
        kept = db.session.scalars(db.select(ProviderAccount).filter_by(app_key=second)).all()
        found = {one.member.username for one in kept if one.external_id}
        assert found >= {"creator", "lead", "owner"}


@pytest.mark.faults
@ON_SERVERS
def test_what_was_on_the_wire_keeps_its_id(stage):
    """R6: the answer that came after the change is in the try's own row, and nowhere else."""
    changed_on_the_way(stage)
    stage.drain(60)
    there = {card["id"] for card in stage.sandbox.cards()}
    with stage.world.rules():
        tries = set(db.session.scalars(db.select(DeliveryAttempt.external_id)).all()) - {None}
    assert there <= tries


def filed_beside_a_change(stage) -> Counter:
    """A ticket is filed, and another app saved before its commit; the cards by app and state."""
    stage.sandbox.control("apps", SECOND | {"provider": stage.platform.name})

    def file(is_filed: threading.Event) -> None:
        with stage.world.rules():
            stage.world.file_within()
            is_filed.set()
            time.sleep(0.5)

    second = {"app_key": SECOND["app_key"], "secret": SECOND["app_secret"]}
    side_by_side(file, lambda: stage.world.save_platform(**second))
    return states(stage)


def side_by_side(act, save) -> None:
    """save begins once act has set its event, before act has ended."""
    has_begun = threading.Event()

    def then_save() -> None:
        has_begun.wait(10)
        save()

    hands = [threading.Thread(target=act, args=[has_begun]), threading.Thread(target=then_save)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(20)


@pytest.mark.faults
@ON_SERVERS
def test_a_ticket_filed_beside_the_change_is_told(stage):
    """Its card was for the first app: nobody would ever send it."""
    first = stage.platform.app_key
    assert filed_beside_a_change(stage) == {(first, "broken", "void"): 1}


@pytest.mark.sabotage
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_without_holding_the_settings_a_ticket_filed_beside_waits_in_silence(stage, monkeypatch):
    enabled = approvals.enabled_providers
    monkeypatch.setattr(approvals, "enabled_providers", lambda is_held=False: enabled())
    assert filed_beside_a_change(stage) == {(stage.platform.app_key, "queued", "queued"): 1}


def scheduled_beside_a_return(stage) -> int:
    """A ticket is scheduled, which needs no card, and the first app is saved again before its
    commit; answers how many cards wait over there in the end.
    """
    stage.file()
    with stage.world.ticket(stage.tickets[0]) as ticket:
        for position, name in enumerate(("lead", "dba"), 1):
            step = stage.world.step(ticket, position)
            assert tickets.decide(step, stage.world.member(name), True, "")
    stage.world.deliver()
    assert len(stage.world.open_cards()) == 1
    stage.sandbox.control("apps", SECOND | {"provider": stage.platform.name})
    stage.world.save_platform(app_key=SECOND["app_key"], secret=SECOND["app_secret"])

    def schedule(is_scheduled: threading.Event) -> None:
        with stage.world.ticket(stage.tickets[0]) as ticket:
            at = database_now(db.session) + timedelta(hours=1)
            schedules.schedule(ticket, stage.world.member("operator"), at)
            db.session.flush()
            is_scheduled.set()
            time.sleep(0.5)

    first = {"app_key": stage.platform.app_key, "secret": stage.platform.app_secret}
    side_by_side(schedule, lambda: stage.world.save_platform(**first))
    stage.worker()
    stage.drain()
    return len(stage.world.open_cards())


@pytest.mark.faults
@ON_SERVERS
def test_a_ticket_scheduled_beside_the_apps_return_leaves_no_card(stage):
    assert scheduled_beside_a_return(stage) == 0


@pytest.mark.sabotage
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_without_holding_the_ticket_a_card_is_followed_that_nobody_asks_for(stage, monkeypatch):
    monkeypatch.setattr(app_changes, "lock", lambda *_apps: None)
    assert scheduled_beside_a_return(stage) == 1


@pytest.mark.sabotage
def test_without_giving_up_the_old_apps_rows_they_wait_in_silence(stage, monkeypatch):
    monkeypatch.setattr(app_changes, "left", lambda provider, app_key: (0, 0))
    changed_on_the_way(stage)
    first = stage.platform.app_key
    left = stage.count(Delivery.state.in_(deliveries.UNFINISHED), Delivery.app_key == first)
    assert left > 0
    assert not [card for _app, card, _start in states(stage) if card == "broken"]
