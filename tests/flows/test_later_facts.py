"""What became of a call ends no pause that another call has set while it was under way (R10)."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from portal.domain import app_health
from portal.domain.app_health import Leave
from portal.domain.provider import Kind, ProviderError
from portal.extensions import db
from portal.kit.clock import database_now
from tests.faults.processes import wait_until

APP = ("dingtalk", "ding-app")
LEASE = timedelta(seconds=60)


def error(kind: Kind, **more) -> ProviderError:
    return ProviderError("dingtalk", "a-code", "a sentence", kind, **more)


def leave() -> Leave:
    given = app_health.begin_call(*APP, LEASE)
    assert given is not None
    return given


def reason() -> str:
    return app_health.state(*APP).reason


@pytest.fixture
def pauses(context):
    """Kinds of errors that pause the app, whatever else happens."""
    return [error(Kind.QUOTA), error(Kind.CREDENTIALS), error(Kind.RETRY, throttled=True)]


def test_a_success_that_began_earlier_ends_no_pause(pauses):
    for one in pauses:
        app_health.clear(*APP)
        earlier, failing = leave(), leave()
        app_health.failed(failing, one)
        for end in (app_health.succeeded, app_health.reached, app_health.release):
            end(earlier)
            assert app_health.is_paused(*APP)
            assert reason()


def test_a_shorter_pause_of_an_earlier_call_shortens_none(pauses):
    quota, _secret, throttle = pauses
    earlier, failing = leave(), leave()
    app_health.failed(failing, quota)
    until = app_health.state(*APP).paused_until
    app_health.failed(earlier, throttle)
    assert (reason(), app_health.state(*APP).paused_until) == ("quota", until)


def test_the_probe_ends_its_own_pause_in_either_way(pauses):
    for end, is_known in ((app_health.succeeded, False), (app_health.release, True)):
        probe = probe_after(pauses[0])
        end(probe)
        assert not app_health.is_paused(*APP)
        assert bool(reason()) is is_known
    probe = probe_after(pauses[0])
    app_health.failed(probe, pauses[2])
    assert reason() == "throttle"


def test_a_probe_that_outlived_its_lease_does_not_speak_for_the_next_one(pauses):
    late = probe_after(pauses[0])
    app_health.state(*APP).paused_until -= 2 * LEASE
    assert leave().seen > late.seen - LEASE
    app_health.succeeded(late)
    assert app_health.is_paused(*APP)


def test_an_outage_of_days_is_probed_every_five_minutes(context):
    """Some hundreds of probes, none of which is answered."""
    for _probe in range(app_health.FAILURES):
        app_health.failed(Leave(*APP), error(Kind.RETRY))
    for _probe in range(1000):
        app_health.failed(Leave(*APP, app_health.state(*APP).paused_until), error(Kind.RETRY))
    wait = app_health.state(*APP).paused_until - database_now(db.session)
    assert timedelta(0) < wait <= app_health.LONGEST_PAUSE


def probe_after(trouble: ProviderError) -> Leave:
    """A pause is over, and somebody tries how things are."""
    app_health.clear(*APP)
    app_health.failed(Leave(*APP), trouble)
    app_health.state(*APP).paused_until -= timedelta(days=2)
    db.session.flush()
    probe = leave()
    assert probe.seen is not None
    assert app_health.is_paused(*APP)
    return probe


@pytest.mark.parametrize("platform", ["dingtalk"], indirect=True)
def test_a_card_on_its_way_does_not_end_the_pause_of_the_next(world, platform):
    """Over real HTTP: one start is slow and goes well, one behind it hears of the used-up quota."""
    world.file()
    world.file()
    world.sandbox.fault("delay_after", platform.start, method="POST", seconds=2)
    slow = threading.Thread(target=world.deliver)
    slow.start()
    wait_until(world.sandbox.cards, "the first card is there, its answer not yet")
    world.sandbox.fault("quota", platform.start, method="POST", times=None)
    world.deliver()
    slow.join()
    with world.rules():
        assert app_health.is_paused(platform.name, platform.app_key)
        assert app_health.state(platform.name, platform.app_key).reason == "quota"
    assert len(world.sandbox.cards()) == 1
