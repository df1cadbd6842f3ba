"""kill -9 in every window of a delivery (P3, P4, P5, P9, P12)."""

from __future__ import annotations

import os
import signal

import pytest

from portal.extensions import db
from portal.models import (
    Approval,
    ApprovalState,
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    ProviderAccount,
)
from tests.faults.conftest import LEASE, ON_DATABASES_AT_NIGHT, ON_EACH
from tests.faults.goals import IS_LONG
from tests.faults.judge import UNHARMED, Numbers
from tests.faults.processes import holds_for, is_dead, wait_until

# window: (at which call the sandbox kills, how, has the start left, is its card there)
WINDOWS = {
    "P3 before the wire": ("token", "kill_before", False, False),
    "P4 request lost": ("start", "kill_before", True, False),
    "P4 before the answer": ("start", "kill_after", True, True),
    "P5 after the answer": ("start", "kill_answered", True, True),
}
KILLS = 20 if IS_LONG else 10


def least(window: str, kills: int) -> int:
    """How many of the kills must hit their window: one after an answer may be a commit late."""
    return kills - max(1, kills // 4) if window == "P5 after the answer" else kills


def crash_in(stage, window: str, kills: int) -> Numbers:
    """Kill one worker a ticket in this window, then let two others finish the work."""
    place, kind, has_left, has_card = WINDOWS[window]
    stage.warm()
    for number in range(1, kills + 1):
        if not has_left:
            ask_for_people_again(stage)
        pid = stage.worker(LEASE_SECONDS="60")
        path = getattr(stage.platform, place)
        stage.sandbox.fault(kind, path, method="POST", pid=pid, seconds=0)
        stage.file()
        wait_until(lambda pid=pid: is_dead(pid), "the worker is killed")
        cards = 1 + (number if has_card else 0)
        assert len(stage.sandbox.cards()) == cards, "killed in another window"
    interrupted = stage.count(Delivery.state == DeliveryState.SENDING)
    assert least(window, kills) <= interrupted <= kills
    # The answer's id is kept in the try's own row first: that may be done before the kill.
    assert open_tries(stage, has_left) + kept_answers(stage) == interrupted
    stage.world.pass_time(61)
    for _worker in range(2):
        stage.worker(LEASE_SECONDS="60")
    stage.drain()
    return stage.judge()


def ask_for_people_again(stage) -> None:
    """What was found out about people is too old to be used unasked."""
    with stage.world.rules():
        db.session.execute(db.update(ProviderAccount).values(found_at=None))


def open_tries(stage, has_left: bool) -> int:
    """Tries that nobody ended, after or before wire_at was written."""
    left = DeliveryAttempt.wire_at.is_not(None)
    with stage.world.rules():
        return db.session.scalar(
            db.select(db.func.count(DeliveryAttempt.id)).where(
                DeliveryAttempt.outcome == "", left if has_left else ~left
            )
        )


def kept_answers(stage) -> int:
    """Tries that have their card's id, though their delivery has not."""
    with stage.world.rules():
        return db.session.scalar(
            db.select(db.func.count(DeliveryAttempt.id))
            .join(Delivery)
            .where(DeliveryAttempt.outcome == "yes", Delivery.state == DeliveryState.SENDING)
        )


@pytest.mark.faults
@ON_EACH
@pytest.mark.parametrize("window", WINDOWS)
def test_a_killed_worker_leaves_exactly_one_card(stage, window):
    numbers = crash_in(stage, window, KILLS)
    assert numbers.harm == UNHARMED
    assert numbers.submitted == KILLS + 1
    assert least(window, KILLS) <= numbers.recovered <= KILLS


@pytest.mark.sabotage
@pytest.mark.parametrize("window", ["P4 before the answer", "P5 after the answer"])
def test_without_the_look_a_killed_worker_leaves_two_cards(stage, window):
    stage.rule = "look"
    assert crash_in(stage, window, 3).duplicated == 3


@pytest.mark.sabotage
@pytest.mark.parametrize("window", ["P3 before the wire", "P4 request lost"])
def test_without_the_lease_a_killed_worker_loses_its_card(stage, window):
    stage.rule = "lease"
    assert crash_in(stage, window, 3).lost == 3


def frozen(stage) -> Numbers:
    """P9: a worker sleeps in its look-ups until its lease is over and the work is done."""
    patient = {"HTTP_TIMEOUT": "4", "SETTLE_SECONDS": "5", "LEASE_SECONDS": "30"}
    stage.warm()
    ask_for_people_again(stage)
    sleeper = stage.worker(**patient)
    fault = stage.sandbox.fault("delay", stage.platform.people, seconds=2.0)
    stage.file()
    wait_until(lambda: stage.hits(fault) == 1, "the look-ups have begun")
    wait_until(lambda: _is_asleep(stage, sleeper), "it sleeps without the writer's place")
    stage.world.pass_time(31)
    stage.worker(**patient)
    wait_until(lambda: len(stage.starts()) == 1, "another worker took over")
    wait_until(stage.is_drained, "the other worker is done")
    os.kill(sleeper, signal.SIGCONT)
    ask_for_people_again(stage)
    stage.file()  # both are busy again: the sleeper is awake when this one is delivered
    stage.drain()
    holds_for(lambda: len(stage.starts()) == 2, 2.0)
    return stage.judge()


def _is_asleep(stage, pid: int) -> bool:
    """Stop it. One that stops in a heartbeat's small transaction would lock the file: again."""
    os.kill(pid, signal.SIGSTOP)
    if stage.is_writable():
        return True
    os.kill(pid, signal.SIGCONT)
    return False


@pytest.mark.faults
@ON_EACH
def test_a_worker_that_slept_through_its_lease_sends_nothing(stage):
    assert frozen(stage).harm == UNHARMED
    assert len(stage.starts()) == 2


@pytest.mark.sabotage
def test_without_the_token_the_sleeper_sends_a_second_card(stage):
    stage.rule = "fencing"
    assert frozen(stage).duplicated >= 1


def poison(stage) -> int:
    """P12: three workers die of one row; answers the pid of a fourth."""
    stage.warm()
    stage.file()
    for _worker in range(3):
        pid = stage.worker()
        stage.sandbox.fault("kill_before", stage.platform.start, method="POST", pid=pid)
        wait_until(lambda pid=pid: is_dead(pid), "the row kills its worker")
        stage.world.pass_time(LEASE + 1)
    pid = stage.worker()
    stage.sandbox.fault("kill_before", stage.platform.start, method="POST", pid=pid)
    return pid


@pytest.mark.faults
@ON_DATABASES_AT_NIGHT
def test_a_row_that_kills_three_workers_is_set_aside_and_shown(stage):
    pid = poison(stage)
    wait_until(stage.is_drained, "the row is given up")
    assert stage.count(Delivery.state == DeliveryState.FAILED, Delivery.last_code == "crashed") == 1
    with stage.world.rules():
        card = db.session.scalars(db.select(Approval).order_by(Approval.id.desc())).first()
        assert card.state == ApprovalState.BROKEN
        assert "异常退出" in card.problem
    assert not is_dead(pid)
    stage.sandbox.control("faults", method="DELETE")
    stage.file()
    wait_until(stage.is_drained, "the next ticket is served")
    assert not is_dead(pid)
    numbers = stage.judge()
    assert (numbers.lost, numbers.duplicated, numbers.unexpected) == (1, 0, 0)


@pytest.mark.sabotage
def test_without_giving_up_the_row_kills_the_fourth_worker(stage):
    stage.rule = "giving up"
    pid = poison(stage)
    wait_until(lambda: is_dead(pid), "the row kills on")
    assert len(stage.starts()) == 4
