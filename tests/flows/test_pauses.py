"""When a whole app must wait: wrong secret, throttle, quota, breaker, switched off (R9, R10)."""

import sqlite3
import threading

import pytest

from portal.domain import budget, ledger
from portal.extensions import db
from portal.models import AppHealth
from tests.faults.processes import wait_until

# What the quota counts, as part of a path; and the permissions to read a card.
COUNTED = {"dingtalk": "workflow", "feishu": "approval/v4"}
READING = {
    "dingtalk": ["Workflow.Instance.Read"],
    "feishu": ["approval:approval", "approval:approval:readonly"],
}


def change_secret(world, secret):
    """What an admin of the platform does in its console; tokens of before end at once."""
    app = {"app_key": world.platform.app_key, "app_secret": secret, "revoke_tokens": True}
    world.sandbox.control("apps", app)


def revoke(world, *scopes):
    world.sandbox.control("scopes", {"app_key": world.platform.app_key, "revoke": scopes})


def test_wrong_credentials_fail_at_once_with_the_cure_and_retry_works(world, platform):
    """Pitfall 14: failures were logged, never retried, and shown to nobody."""
    change_secret(world, "another-secret")
    ticket_id = world.file()
    world.deliver()
    facts = world.facts(ticket_id)
    assert facts["deliveries"] == [("start", "failed", platform.wrong_secret)]
    assert facts["cards"][0][1] == "broken"
    with world.rules():
        delivery = world.started()
        assert "Secret" in delivery.cure
        health = db.session.scalars(db.select(AppHealth)).one()
        assert health.reason == "credentials"
    change_secret(world, platform.app_secret)
    with world.rules():
        ledger.retry(world.started(), world.member("boss"))
    world.deliver()
    facts = world.facts(ticket_id)
    assert facts["deliveries"] == [("start", "sent", "")]
    assert facts["cards"][0][1] == "pending"


def test_a_missing_permission_fails_with_its_name(world, platform):
    revoke(world, platform.start_scope)
    ticket_id = world.file()
    world.deliver()
    facts = world.facts(ticket_id)
    assert facts["deliveries"][0][1] == "failed"
    with world.rules():
        cure = world.started().cure
    assert platform.start_scope_title in cure
    assert platform.start_scope in cure


def test_a_throttled_app_waits_as_long_as_it_was_told(world, platform):
    """N10: no other row of that app is sent meanwhile."""
    first, second = world.file(), world.file()
    world.sandbox.fault("qps", platform.start, method="POST")
    world.deliver()
    states = [world.facts(one)["deliveries"][0][1] for one in (first, second)]
    assert states == ["queued", "queued"]
    for _minute in range(2):  # DingTalk asks for a second, Feishu for what is left of the minute
        world.pass_time(65)
        world.deliver()
    states = [world.facts(one)["deliveries"][0][1] for one in (first, second)]
    assert states == ["sent", "sent"]
    assert len(world.sandbox.cards()) == 2


def test_a_used_up_quota_stops_all_but_one_call_a_day(world, platform):
    """N12."""
    ids = [world.file() for _ in range(3)]
    counted = COUNTED[platform.name]
    world.sandbox.fault("quota", counted, times=None)
    world.deliver()
    world.sandbox.control("calls", method="DELETE")
    for _hour in range(20):
        world.pass_time(3600)
        world.deliver()
        world.sweep()
    assert len(world.sandbox.calls(counted)) == 0
    world.pass_time(5 * 3600)
    world.deliver()
    assert len(world.sandbox.calls(counted)) == 1
    world.sandbox.control("faults", method="DELETE")
    for _day in range(4):
        world.pass_time(25 * 3600)
        world.deliver()
    assert [world.facts(one)["deliveries"][0][1] for one in ids] == ["sent"] * 3


def test_an_expired_token_is_fetched_once_and_the_call_made_again(world, platform):
    """N14, pitfall 23: never a loop."""
    world.file()
    world.sandbox.fault("token", platform.start, method="POST")
    world.deliver()
    assert len(world.sandbox.cards()) == 1
    assert len(world.sandbox.calls(platform.token)) == 1


def test_five_transport_failures_open_the_breaker_for_all(world, platform):
    """R10: one probe, not a storm."""
    ids = [world.file() for _ in range(8)]
    world.sandbox.fault(
        "status", COUNTED[platform.name], times=None, status=503, body="busy"
    )
    for _tick in range(10):
        world.deliver()
        world.pass_time(2.5)
    with world.rules():
        health = db.session.scalars(db.select(AppHealth)).one()
        assert health.reason == "transport"
    world.sandbox.control("calls", method="DELETE")
    world.deliver()
    assert world.sandbox.calls(COUNTED[platform.name]) == []
    world.sandbox.control("faults", method="DELETE")
    for _tick in range(6):
        world.pass_time(400)
        world.deliver()
    assert {world.facts(one)["deliveries"][0][1] for one in ids} == {"sent"}
    assert len(world.sandbox.cards()) == 8


def test_a_disabled_provider_makes_no_call_and_goes_on_when_enabled(world):
    """Pitfall 24."""
    first = world.file()
    world.deliver()
    world.save_platform(enabled=False)
    second = world.file()
    world.sandbox.control("calls", method="DELETE")
    world.run()
    assert world.sandbox.calls() == []
    world.save_platform()
    world.run()
    assert world.facts(first)["cards"][0][1] == "pending"
    assert world.facts(second)["cards"][0][1] == "pending"
    assert len(world.open_cards()) == 2


def test_a_probe_that_asked_nothing_lets_the_next_one_go_at_once(world, platform):
    """After a pause one row goes ahead; one that needs no call must not hold up the others."""
    first, second = world.file(), world.file()
    world.sandbox.fault("status", COUNTED[platform.name], times=5, status=503, body="busy")
    for _tick in range(12):
        world.deliver()
        world.pass_time(2.5)
    with world.rules():
        assert db.session.scalars(db.select(AppHealth)).one().reason == "transport"
        for name in ("lead", "owner"):  # the first row due will not need a call
            world.member(name).phone = world.member(name).email = ""
    world.sandbox.control("faults", method="DELETE")
    world.pass_time(1000)
    world.deliver()
    with world.rules():
        world.member("lead").phone = "+8613900000002"
    third = world.file()
    world.deliver()
    states = [world.facts(one)["deliveries"][0][1] for one in (first, second, third)]
    assert states == ["failed", "failed", "sent"]


def test_a_refusal_is_an_answer_and_ends_the_pause(world, platform):
    first, second = world.file(), world.file()
    world.sandbox.fault("status", COUNTED[platform.name], times=5, status=503, body="busy")
    for _tick in range(12):
        world.deliver()
        world.pass_time(2.5)
    world.sandbox.control("faults", method="DELETE")
    revoke(world, *READING[platform.name])
    world.pass_time(1000)
    world.deliver()
    assert world.facts(first)["deliveries"][0][1] in {"failed", "sent"}
    assert world.facts(second)["deliveries"][0][1] in {"failed", "sent"}


@pytest.mark.parametrize("platform", ["feishu"], indirect=True)
def test_a_busy_database_costs_a_count_no_answer(world, platform):
    """An answer that has come is kept, though its call could not be written down just then."""
    with world.rules():
        before = budget.month_use(platform.name)[0]
    ticket_id = world.file()
    fault = world.sandbox.fault("delay_after", platform.start, seconds=1.0)
    worker = threading.Thread(target=world.deliver)
    worker.start()
    wait_until(world.sandbox.cards, "the card is there, its answer not yet")
    writer = sqlite3.connect(world.database_file, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")  # for longer than anybody waits
    wait_until(lambda: budget._uncounted, "the count has given up", 20)
    writer.execute("ROLLBACK")
    writer.close()
    worker.join()
    assert fault
    assert world.facts(ticket_id)["deliveries"] == [("start", "sent", "")]
    world.file()
    world.deliver()
    with world.rules():
        counted = budget.month_use(platform.name)[0] - before
    assert counted == len(world.sandbox.calls("open-apis"))
