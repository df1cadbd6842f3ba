"""What the network does to a start (N3-N8, N10, N12-N14), and the breaker."""

from __future__ import annotations

import pytest

from portal.domain import app_health
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import Approval, ApprovalState, Delivery, DeliveryState
from tests.faults.conftest import TOKEN
from tests.faults.judge import UNHARMED, Numbers
from tests.faults.processes import holds_for, wait_until

# row of the matrix: the sandbox's fault. The first ones end before the effect, the others after.
BEFORE = {
    "N3 no answer": {"kind": "lost_before"},
    "N6 reset": {"kind": "lost_before", "reset": True},
    "N13 500": {"kind": "status", "status": 500},
}
AFTER = {
    "N4 late answer": {"kind": "delay_after", "seconds": 2.5},
    "N6 reset": {"kind": "lost_after", "reset": True},
    "N6 cut": {"kind": "lost_after"},
    "N7 half an answer": {"kind": "half", "bytes": 60},
    "N8 slow drip": {"kind": "drip", "seconds": 0.2},
    "N13 502": {"kind": "status_after", "status": 502},
}
LATE = {"kind": "late_effect", "seconds": 1.0}


def cut_off(stage, fault: dict, tickets: int = 3) -> Numbers:
    """The first start of each ticket meets the fault."""
    stage.warm()
    stage.fault_on_start(times=tickets, **fault)
    stage.file(tickets)
    stage.worker()
    stage.drain()
    return stage.judge()


def worked_on(stage) -> Numbers:
    cut_off(stage, LATE)
    holds_for(lambda: True, LATE["seconds"] + 0.5)
    return stage.judge()


@pytest.mark.faults
@pytest.mark.parametrize("row", BEFORE)
def test_what_never_arrived_is_sent_again(stage, row):
    assert cut_off(stage, BEFORE[row]).harm == UNHARMED
    assert len(stage.starts()) == 6


@pytest.mark.faults
@pytest.mark.parametrize("row", AFTER)
def test_what_arrived_unanswered_is_found_and_adopted(stage, row):
    numbers = cut_off(stage, AFTER[row])
    assert numbers.harm == UNHARMED
    assert numbers.recovered == 3
    assert len(stage.starts()) == 3


@pytest.mark.faults
def test_a_look_waits_for_an_effect_that_comes_late(stage):
    """N5: the request works on over there after its connection is gone."""
    numbers = worked_on(stage)
    assert numbers.harm == UNHARMED
    assert numbers.recovered == 3


@pytest.mark.sabotage
@pytest.mark.parametrize("row", BEFORE)
def test_without_a_retry_what_never_arrived_is_lost(stage, row):
    stage.rule = "retry in doubt"
    assert cut_off(stage, BEFORE[row]).lost >= 1


@pytest.mark.sabotage
@pytest.mark.parametrize("row", AFTER)
def test_without_the_look_what_arrived_is_sent_twice(stage, row):
    stage.rule = "look"
    assert cut_off(stage, AFTER[row]).duplicated >= 1


@pytest.mark.sabotage
def test_without_settling_a_late_effect_makes_a_second_card(stage):
    stage.rule = "settling"
    assert worked_on(stage).duplicated >= 1


def throttled(stage) -> list[float]:
    """N10: one start is told to wait 2 s; answers when others came after it, in seconds."""
    stage.warm()
    stage.fault_on_start(
        "status", status=429, headers={"Retry-After": "2"}, body={"code": "Throttling.User"}
    )
    stage.file()
    stage.worker()
    wait_until(stage.starts, "the first start is refused")
    stage.file(4)
    wait_until(lambda: len(stage.starts()) == 6, "everything is sent")
    wait_until(stage.is_drained, "the answers are kept")
    assert stage.judge().harm == UNHARMED
    first, *others = stage.starts()
    return [(call["at"] - first["at"]) / 1000 for call in others]


@pytest.mark.faults
def test_a_throttle_answer_holds_the_whole_app_for_as_long_as_it_says(stage):
    assert min(throttled(stage)) >= 1.99
    assert not stage.sandbox.calls("instanceIds")  # a sure no needs no look


@pytest.mark.sabotage
def test_without_the_pause_other_rows_are_sent_into_the_throttle(stage):
    stage.rule = "pause"
    assert min(throttled(stage)) < 1.5


def token_revoked(stage) -> None:
    """N14: the token is revoked between two starts of one process."""
    stage.warm()
    stage.worker()
    stage.file()
    wait_until(stage.is_drained, "the worker has a token")
    assert len(stage.sandbox.calls(TOKEN)) == 1
    stage.sandbox.control("apps", {"revoke_tokens": True})
    stage.file()


@pytest.mark.faults
def test_a_refused_token_is_fetched_once_and_the_call_made_once_more(stage):
    token_revoked(stage)
    wait_until(stage.is_drained, "the second ticket is sent")
    assert stage.judge().harm == UNHARMED
    assert len(stage.sandbox.calls(TOKEN)) == 2
    assert len(stage.starts()) == 3
    assert not stage.sandbox.calls("instanceIds")  # a refused token is a sure no


@pytest.mark.sabotage
def test_without_renewal_a_refused_token_holds_the_ticket_for_ever(stage):
    stage.rule = "renewal"
    token_revoked(stage)
    stage.drain()
    assert stage.judge().lost == 1


@pytest.mark.faults
def test_a_token_that_is_never_accepted_makes_no_loop(stage):
    """N14: at most two tokens and two calls a try."""
    stage.warm()
    refusal = stage.fault_on_start("token", times=None)
    stage.file()
    stage.worker()

    def tries() -> int:
        stage.hurry()
        return stage.count(Delivery.attempts >= 4)

    wait_until(tries, "it was tried some times")
    attempts = sum(stage.count(Delivery.attempts >= number) for number in range(1, 50)) - 1
    assert len(stage.sandbox.calls(TOKEN)) <= 2 * attempts
    assert len(stage.starts()) <= 2 * attempts
    stage.sandbox.control(f"faults/{refusal['id']}", method="DELETE")
    stage.drain()
    assert stage.judge().harm == UNHARMED


def used_up(stage) -> int:
    """N12: the month's calls are used up; answers how many calls follow the pause's end."""
    stage.warm()
    quota = stage.fault_on_start("quota", times=None)
    stage.file(12)
    stage.worker()
    stage.worker()
    wait_until(stage.starts, "the first refusal")
    # What was under way when the first refusal came may still come in: one a thread.
    wait_until(nobody_sends(stage), "nothing is under way")
    before = len(stage.starts())
    if stage.rule is None:
        assert before <= 8
        assert stage.health().reason == "quota"
        assert holds_for(lambda: len(stage.starts()) == before, 1.5)
    stage.hurry()
    wait_until(lambda: len(stage.starts()) > before, "the probe")
    holds_for(lambda: True, 1.5)
    calls = len(stage.starts()) - before
    stage.sandbox.control(f"faults/{quota['id']}", method="DELETE")
    return calls


def nobody_sends(stage):
    return lambda: holds_for(lambda: not stage.count(Delivery.state == DeliveryState.SENDING), 0.3)


@pytest.mark.faults
def test_a_used_up_quota_stops_the_app_but_for_one_probe(stage):
    assert used_up(stage) == 1
    stage.drain()
    assert stage.judge().harm == UNHARMED


@pytest.mark.sabotage
def test_without_the_pause_a_used_up_quota_is_called_on(stage):
    stage.rule = "pause"
    assert used_up(stage) > 1


def poll_now(stage) -> None:
    """Every card over there is due to be asked for."""
    with stage.world.rules():
        db.session.execute(
            db.update(Approval)
            .where(Approval.state == ApprovalState.PENDING)
            .values(next_poll_at=database_now(db.session))
        )


def broken_down(stage, kind: str = "status", **fields) -> tuple[int, int]:
    """Everything fails, by 500 or so: calls until nothing more is sent, and after the pause."""
    stage.warm()
    down = stage.sandbox.fault(kind, "", times=None, **fields)
    stage.file(16)
    for _worker in range(2):
        stage.worker(SWEEP_SECONDS="0.2")
    wait_until(lambda: len(stage.sandbox.calls()) >= app_health.FAILURES, "failures come in")
    holds_for(lambda: True, 1.5)
    before = len(stage.sandbox.calls())
    poll_now(stage)  # a card over there is to be asked for, too
    stage.hurry()
    wait_until(lambda: len(stage.sandbox.calls()) > before, "the probe")
    holds_for(lambda: True, 1.5)
    probes = len(stage.sandbox.calls()) - before
    stage.sandbox.control(f"faults/{down['id']}", method="DELETE")
    return before, probes


@pytest.mark.faults
def test_five_failures_open_the_breaker_and_one_probe_follows(stage):
    calls, probes = broken_down(stage)
    assert calls <= app_health.FAILURES + 8  # one a thread may have been under way
    assert probes == 1
    assert stage.health().reason == "transport"
    stage.drain()
    assert stage.judge().harm == UNHARMED
    assert stage.health().paused_until is None


@pytest.mark.faults
def test_failing_polls_open_the_breaker_too(stage):
    """A single card is asked for at once, without a list: no answer came before the failure."""
    stage.warm()
    stage.sandbox.fault("status", "", times=None)
    stage.worker(SWEEP_SECONDS="0.1")

    def is_open() -> bool:
        poll_now(stage)
        health = stage.health()
        return health is not None and health.reason == "transport"

    wait_until(is_open, "the breaker opens")
    assert len(stage.sandbox.calls()) >= app_health.FAILURES


@pytest.mark.sabotage
def test_without_the_breaker_every_row_calls_on(stage):
    stage.rule = "breaker"
    calls, _probes = broken_down(stage)
    assert calls > app_health.FAILURES + 8


@pytest.mark.sabotage
def test_without_the_single_probe_all_rows_call_at_once(stage):
    """The platform takes its time to fail, so that one's failure does not hold back the others."""
    stage.rule = "single probe"
    assert broken_down(stage, "delay", seconds=1.5)[1] > 1
