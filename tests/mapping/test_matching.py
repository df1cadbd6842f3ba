"""The clock that matches members: at the platform's pace, each once, whatever goes wrong."""

from __future__ import annotations

from portal import jobs
from portal.domain import matching
from portal.extensions import db
from portal.models import AppHealth, ProviderAccount


def asked(world):
    with world.rules():
        return matching.ask(None, world.platform.name)


def waiting(world):
    with world.rules():
        rows = db.select(ProviderAccount).where(ProviderAccount.match_due_at.is_not(None))
        return len(db.session.scalars(rows).all())


def test_a_tick_takes_a_seconds_worth(world, platform, monkeypatch):
    monkeypatch.setattr(matching, "BATCH", 3)
    total = asked(world)
    assert waiting(world) == total
    world.match()
    assert waiting(world) == total - 3
    for _tick in range(total):
        world.match()
    assert waiting(world) == 0
    with world.rules():
        progress = matching.progress()
        assert (progress.done, progress.total, progress.is_over) == (total, total, True)


def test_two_nodes_never_take_the_same_people(world, platform):
    asked(world)
    with world.rules():
        first = matching.claim(platform.name, ("phone",))
    with world.rules():
        second = matching.claim(platform.name, ("phone",))
    taken = {one.member_id for one in first.people}
    assert taken
    assert second is None or taken.isdisjoint(one.member_id for one in second.people)


def test_a_node_that_died_leaves_them_to_another_after_the_lease(world, platform):
    total = asked(world)
    with world.rules():
        matching.claim(platform.name, ("phone",))
    assert world.match() == 0
    world.pass_time(100)
    world.match()
    assert waiting(world) == 0
    assert total


def test_no_connection_puts_them_off_and_loses_nobody(world, platform):
    total = asked(world)
    fault = world.sandbox.fault("status", platform.people, times=2, status=503, body="busy")
    assert fault
    world.match()
    assert waiting(world) > 0
    for _tick in range(6):
        world.pass_time(100)
        world.match()
    assert waiting(world) == 0
    assert total


def test_a_throttled_app_waits(world, platform):
    asked(world)
    world.sandbox.fault("qps", platform.people, times=1)
    world.match()
    with world.rules():
        assert db.session.scalars(db.select(AppHealth)).one().reason == "throttle"
    calls = len(world.sandbox.calls(platform.people))
    world.match()
    assert len(world.sandbox.calls(platform.people)) == calls
    for _tick in range(3):
        world.pass_time(100)
        world.match()
    assert waiting(world) == 0


def test_a_switched_off_provider_makes_no_call(world, platform):
    asked(world)
    world.save_platform(enabled=False)
    assert world.match() == 0
    assert world.sandbox.calls(platform.people) == []


def test_the_clock_runs_it(app):
    clock = jobs.Clock(app)
    ids = {job.id for job in clock._scheduler.get_jobs()}
    assert {"match_one dingtalk", "match_one feishu"} <= ids
