"""Rates that hold whatever the load: two job processes and a hundred tickets at once (G13)."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from portal.models import Delivery, DeliveryState
from tests.faults.conftest import ON_BOTH
from tests.faults.processes import wait_until

GOALS = tomllib.loads((Path(__file__).resolve().parents[1] / "goals.toml").read_text())
TICKETS = 95
# The platforms' own limits, which other tests are spared.
LIMITS = {"qps": 20, "feishu_per_minute": 100}


@pytest.fixture
def environment(environment) -> dict[str, str]:
    """The portal's limits are those of a new installation."""
    lifted = {"DINGTALK_CALLS_A_SECOND", "FEISHU_STARTS_A_MINUTE"}
    kept = {name: value for name, value in environment.items() if name not in lifted}
    return kept | {"DINGTALK_CALLS_A_SECOND": "18", "HTTP_TIMEOUT": "5", "SETTLE_SECONDS": "6"}


def most_within(calls: list[dict], seconds: float) -> int:
    """The most of these that came within any so many seconds."""
    times = sorted(one["at"] for one in calls)
    most = first = 0
    for position, at in enumerate(times):
        while times[first] <= at - seconds * 1000:
            first += 1
        most = max(most, position - first + 1)
    return most


def of_platform(stage, name: str) -> list[dict]:
    is_feishu = name == "feishu"
    return [one for one in stage.sandbox.calls() if ("open-apis" in one["path"]) == is_feishu]


def creates(stage) -> list[dict]:
    return [
        one for one in of_platform(stage, "feishu") if one["path"].endswith("approval/v4/instances")
    ]


def crowded(stage, tickets: int = TICKETS, **settings: str) -> None:
    """Two processes get all of this at once."""
    stage.file(tickets)
    for _node in range(2):
        stage.worker(**settings)


@ON_BOTH
@pytest.mark.faults
@pytest.mark.timed
def test_rates(stage):
    stage.sandbox.control("rules", LIMITS)
    crowded(stage)

    def sent() -> int:
        return stage.count(Delivery.provider == "dingtalk", Delivery.state == DeliveryState.SENT)

    wait_until(lambda: sent() >= TICKETS, "DingTalk has all of its cards", 60)
    calls = of_platform(stage, "dingtalk")
    a_second, a_minute = most_within(calls, 1), most_within(creates(stage), 60)
    seconds = (calls[-1]["at"] - calls[0]["at"]) / 1000
    print(
        f"\nfigure: most DingTalk calls in 1 s = {a_second} ({len(calls)} calls in {seconds:.0f} s,"
        f" 2 processes), most Feishu creates in 60 s = {a_minute}"
    )
    assert len(calls) >= TICKETS
    assert a_second <= GOALS["dingtalk_calls_a_second"]
    assert a_minute <= GOALS["feishu_creates_a_minute"]
    assert not [one for one in stage.sandbox.calls() if one["status"] != 200]


@ON_BOTH
@pytest.mark.sabotage
def test_without_turns_dingtalk_gets_more_calls_a_second(stage):
    """Of a limit that the slowest machine is able to break."""
    stage.rule = "turns"
    crowded(stage, 30, DINGTALK_CALLS_A_SECOND="6")
    wait_until(lambda: most_within(of_platform(stage, "dingtalk"), 1) > 6, "too many calls")


@ON_BOTH
@pytest.mark.sabotage
def test_without_the_pace_feishu_gets_more_cards_a_minute(stage):
    stage.rule = "pace"
    crowded(stage, 30, FEISHU_STARTS_A_MINUTE="10")
    wait_until(lambda: most_within(creates(stage), 60) > 10, "too many cards")
