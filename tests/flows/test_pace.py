"""Feishu lets an app start 100 cards a minute: never more than 90 leave in any minute."""

from __future__ import annotations

import pytest

from portal.domain import claims, pace
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import Delivery, DeliveryState
from tests.platforms import FEISHU
from tests.world import World

LIMIT = 6


@pytest.fixture
def environment(environment):
    return environment | {"FEISHU_STARTS_A_MINUTE": str(LIMIT)}


@pytest.fixture
def crowd(app, sandbox, password_hash) -> World:
    world = World(app, sandbox, [FEISHU])
    world.settle_in(password_hash)
    world.prepare()
    for _ticket in range(4 * LIMIT):
        world.file()
    return world


def test_what_is_over_the_limit_waits_for_the_next_minute(crowd):
    crowd.deliver()
    assert len(crowd.sandbox.cards()) == LIMIT
    for minute in range(2, 5):
        crowd.deliver()
        crowd.pass_time(pace.MINUTE.total_seconds() + pace.MARGIN.total_seconds())
        crowd.deliver()
        assert len(crowd.sandbox.cards()) == minute * LIMIT


def test_those_that_wait_are_put_off_together_and_not_tried(crowd):
    crowd.deliver()
    with crowd.rules():
        waiting = db.session.scalars(
            db.select(Delivery).filter_by(state=DeliveryState.QUEUED)
        ).all()
        assert len(waiting) == 3 * LIMIT
        assert {one.attempts for one in waiting} == {0}
        soonest = min(one.due_at for one in waiting) - database_now(db.session)
        assert 50 < soonest.total_seconds() <= 65


def test_other_calls_are_not_held_back(crowd):
    crowd.deliver()
    card = crowd.sandbox.cards()[0]
    crowd.sandbox.press(card["id"], "agree", "ding-lead")
    crowd.sweep()
    crowd.deliver()
    with crowd.rules():
        states = {
            one.state for one in db.session.scalars(db.select(Delivery).filter_by(action="decide"))
        }
    assert states <= {DeliveryState.SENT}


def test_a_process_that_died_on_its_way_counts_as_one_that_left(crowd):
    with crowd.rules():
        assert all(claims.claim() for _n in range(LIMIT))
        assert claims.claim() is None


def test_dingtalk_has_no_such_limit(context):
    assert pace.limit_of("dingtalk") is None
    assert pace.limit_of("feishu") == LIMIT
