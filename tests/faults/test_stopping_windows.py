"""P8: SIGTERM in each window of a delivery and of a poll, to `flask jobs` and to the web server."""

from __future__ import annotations

import os
import signal
import time

import pytest

from portal.extensions import db
from portal.models import Delivery, DeliveryState, OperationRecord, ProviderAccount
from tests.faults.conftest import ON_DATABASES_AT_NIGHT
from tests.faults.judge import UNHARMED
from tests.faults.processes import holds_for, wait_until
from tests.faults.serving import LIST, Web, attempt, filled, web
from tests.faults.test_sweep_crashes import READ

__all__ = ["web"]
PATIENT = {"HTTP_TIMEOUT": "4", "SETTLE_SECONDS": "5", "LEASE_SECONDS": "30"}
# window: in which call the signal comes.
WINDOWS = {
    "P3 fetching the token": "token",
    "P3 looking people up": "people",
    "P4 starting": "start",
}


@pytest.fixture
def jobs(stage, entrances):
    """jobs(**settings): the pid of `flask jobs`."""

    def start(**settings: str) -> int:
        own = {f"PORTAL_{name}": value for name, value in (PATIENT | settings).items()}
        return entrances.start(stage.environment | own, stage._log, stage.rule, command="jobs")

    yield start
    entrances.end_all()


def terminate(entrances, pid: int) -> None:
    """SIGTERM; it ends by itself, well and in time."""
    os.kill(pid, signal.SIGTERM)
    began = time.monotonic()
    codes: list[int] = []

    def has_ended() -> bool:
        code = entrances.exit_code(pid)
        codes.extend([] if code is None else [code])
        return bool(codes)

    wait_until(has_ended, "it ends", 15)
    assert codes == [0]
    assert time.monotonic() - began < 15


@pytest.mark.faults
@pytest.mark.timed
@ON_DATABASES_AT_NIGHT
@pytest.mark.parametrize("window", WINDOWS)
def test_sigterm_in_each_window_finishes_the_row_and_takes_no_new_one(
    stage, jobs, entrances, window
):
    stage.warm()
    with stage.world.rules():
        db.session.execute(db.update(ProviderAccount).values(found_at=None))
    slow = stage.sandbox.fault("delay", getattr(stage.platform, WINDOWS[window]), seconds=1.5)
    stage.file()
    pid = jobs()
    wait_until(lambda: stage.hits(slow), "it is in the window")
    os.kill(pid, signal.SIGTERM)
    holds_for(lambda: True, 0.3)  # it has heard it
    stage.file()
    terminate(entrances, pid)
    assert len(stage.starts()) == 1
    assert stage.count(Delivery.state == DeliveryState.SENDING) == 0
    assert stage.count(Delivery.state == DeliveryState.QUEUED) == 1
    stage.worker()
    stage.drain()
    assert stage.judge().harm == UNHARMED
    assert stage.count(Delivery.attempts > 1) == 0


@pytest.mark.faults
@pytest.mark.timed
@ON_DATABASES_AT_NIGHT
def test_sigterm_in_a_poll_applies_the_answer_in_hand(stage, jobs, entrances):
    stage.warm()
    stage.file()
    stage.world.deliver()
    stage.sandbox.press(stage.sandbox.cards()[-1]["id"], "agree", "ding-lead", remark="好")
    stage.world.pass_time(60)
    path = READ[stage.platform.name]
    slow = stage.sandbox.fault("delay_after", path, method="GET", seconds=1.0)
    pid = jobs(SWEEP_SECONDS="0.3")
    wait_until(lambda: stage.hits(slow), "the poll is on the wire")
    terminate(entrances, pid)
    with stage.world.rules():
        query = db.select(OperationRecord).filter_by(action="step_approved")
        assert len(db.session.scalars(query).all()) == 1


@pytest.mark.faults
@pytest.mark.timed
@ON_DATABASES_AT_NIGHT
def test_sigterm_to_the_web_server_answers_whom_it_has_heard(stage, entrances, web: Web):
    """python wsgi.py: what it has accepted is stored or refused, never half of it."""
    web.start(DELIVER_SECONDS="0.1", **PATIENT)
    form = filled(web.visitor())
    slow = stage.fault_on_start("delay", seconds=1.0)
    form.send()
    wait_until(lambda: stage.hits(slow), "its card is on the wire")
    terminate(entrances, web.pid)
    assert attempt(lambda: web_is_there(web)) is None
    stage.tickets = [1]
    assert stage.count(Delivery.state == DeliveryState.SENDING) == 0
    assert len(stage.sandbox.cards()) == 1
    assert stage.judge().harm == UNHARMED


def web_is_there(web: Web):
    return web.visitor().get(LIST)
