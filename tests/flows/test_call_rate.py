"""Turns to call: never more than the limit within any second, none taken that comes too late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain import call_rate
from portal.domain.provider import Kind, ProviderError
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import PortalSetting


def turns(app, limit: int, number: int, longest: float = 1000.0) -> list[float]:
    """When so many turns are that were asked for without waiting, in seconds."""
    begin = database_now(db.session)
    db.session.rollback()
    found = []
    for _turn in range(number):
        seconds = call_rate._take("dingtalk", limit, longest)
        passed = (database_now(db.session) - begin).total_seconds()
        db.session.rollback()
        found.append(passed + seconds)
    return found


@pytest.mark.parametrize("limit", [3, 10, 18])
def test_no_second_has_more_turns_than_the_limit(app, context, limit):
    times = turns(app, limit, 3 * limit)
    second = 1 + call_rate.MARGIN - 0.02  # taking the time takes some
    for position in range(len(times) - limit):
        assert times[position + limit] - times[position] > second


def test_the_first_of_a_quiet_time_go_at_once(app, context):
    assert turns(app, 18, 6)[-1] < 0.5


def test_a_turn_that_comes_too_late_is_not_taken(app, context):
    turns(app, 3, 10)
    for _again in range(2):
        assert call_rate._take("dingtalk", 3, 0.5) is None


def test_whoever_cannot_wait_so_long_has_sent_nothing(app, context):
    app.config["DINGTALK_CALLS_A_SECOND"] = 3
    turns(app, 3, 10)
    with pytest.raises(ProviderError) as refusal:
        call_rate.turns("dingtalk")(0.5)
    assert (refusal.value.kind, refusal.value.code) == (Kind.RETRY, "deadline")


def test_a_database_clock_that_was_set_back_holds_up_nobody(app, context):
    before = database_now(db.session) + timedelta(hours=1)
    db.session.add(PortalSetting(key="calls:dingtalk", value=before.isoformat()))
    db.session.commit()
    assert call_rate._take("dingtalk", 18, 5.0) == 0
