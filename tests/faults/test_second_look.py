"""N20: the list of cards lags, or names what has no detail yet: one look must not be believed."""

from __future__ import annotations

import pytest

from portal.models import Delivery, DeliveryState
from tests.faults.conftest import ON_DATABASES_AT_NIGHT
from tests.faults.judge import UNHARMED, Numbers
from tests.faults.processes import holds_for, wait_until
from tests.faults.pushing import CREATE, creates, desk, judge, push

__all__ = ["desk"]

AGAIN = 60
PATIENT = {"LOOK_AGAIN_SECONDS": str(AGAIN)}
CARDS = 2


@pytest.fixture
def environment(environment) -> dict[str, str]:
    """No sweep lists the cards: what is counted are the looks."""
    return environment | {"SWEEP_SECONDS": "3600"}


def hidden_at_first(stage, rule: str, looks) -> None:
    """What was made cannot be seen when it is first looked for, and can after a minute.

    looks: counts the looks over there.
    """
    stage.sandbox.control("rules", {rule: 3600})
    stage.worker(**PATIENT)
    if stage.rule is None:
        wait_until(lambda: _all_missed(stage), "each was looked for")
        before = looks()
        assert before >= CARDS
        stage.hurry()
        assert holds_for(lambda: looks() == before, 0.5), "the second look comes a minute later"
        wait_until(lambda: _all_missed(stage), "nobody is in the middle of anything")
    else:
        stage.drain()
    stage.end_workers()  # that the first look found nothing is known to whoever makes the second
    stage.sandbox.control("rules", {rule: 0})
    stage.world.pass_time(AGAIN)
    stage.worker(**PATIENT)
    stage.drain()


def _all_missed(stage) -> bool:
    waiting = (Delivery.looked_at.is_not(None), Delivery.state == DeliveryState.QUEUED)
    return stage.count(*waiting) == CARDS


def cards_hidden(stage, rule: str) -> Numbers:
    stage.warm()
    stage.fault_on_start("lost_after", times=CARDS)
    stage.file(CARDS)
    hidden_at_first(stage, rule, lambda: len(stage.sandbox.calls(stage.platform.look)))
    return stage.judge()


@pytest.mark.faults
@ON_DATABASES_AT_NIGHT
@pytest.mark.parametrize("rule", ["hide_new_seconds", "hide_detail_seconds"])
def test_what_a_first_look_cannot_see_yet_is_found_by_the_second(stage, rule):
    assert cards_hidden(stage, rule).harm == UNHARMED
    assert len(stage.starts()) == CARDS
    assert len(stage.sandbox.calls(stage.platform.look)) == 2 * CARDS  # counted, so no more


@pytest.mark.sabotage
def test_without_the_second_look_what_is_hidden_is_started_twice(stage):
    stage.rule = "second look"
    assert cards_hidden(stage, "hide_new_seconds").duplicated >= 1


def issues_hidden(desk) -> Numbers:
    """The same of issues: their lists lag."""
    desk.sandbox.fault("lost_after", CREATE, times=CARDS)
    assert push(desk, CARDS) == CARDS
    hidden_at_first(desk, "coding_search_lag", lambda: len(desk.sandbox.calls("DescribeIssueList")))
    return judge(desk)


@pytest.mark.faults
@ON_DATABASES_AT_NIGHT
def test_an_issue_that_the_list_does_not_show_yet_is_found_by_the_second_look(desk):
    assert issues_hidden(desk).harm == UNHARMED
    assert len(creates(desk)) == CARDS


@pytest.mark.sabotage
def test_without_the_second_look_an_issue_is_created_twice(desk):
    desk.rule = "second look"
    assert issues_hidden(desk).duplicated >= 1
