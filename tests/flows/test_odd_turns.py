"""Turns that few take: a retry after the app changed, a phone that moved, a right that is lost."""

from __future__ import annotations

import pytest

from portal import jobs
from portal.domain import ledger, matching, samples
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.models import Approval, Delivery, ProviderAccount

# What reading and ending a card needs.
RIGHTS = {
    "dingtalk": ["Workflow.Instance.Read", "Workflow.Instance.Write"],
    "feishu": ["approval:approval", "approval:approval:readonly"],
}


def second_app(world):
    app = {"provider": world.platform.name, "app_key": "secondapp", "app_secret": "another"}
    world.sandbox.control("apps", app)
    world.save_platform(app_key="secondapp", secret="another")


def revoke(world, *scopes):
    order = {"app_key": world.platform.app_key, "revoke": scopes}
    world.sandbox.control("scopes", order)


def grant(world, *scopes):
    order = {"app_key": world.platform.app_key, "grant": scopes}
    world.sandbox.control("scopes", order)


def test_a_start_of_the_old_app_is_not_retried_into_nowhere(world, platform):
    revoke(world, platform.start_scope)
    ticket_id = world.file()
    world.run()
    assert world.facts(ticket_id)["deliveries"][0][1] == "failed"
    second_app(world)
    with world.rules(), pytest.raises(RuleError, match="应用已更换"):
        ledger.retry(world.started(), world.member("boss"))
    assert world.facts(ticket_id)["cards"][0][1] == "broken"


@pytest.fixture
def sampled(world):
    """The boss can be found over there."""
    person = {"userid": "ding-boss", "name": "管理员", "mobile": "13900000077"}
    world.sandbox.control("people", {"people": [person]})
    world.sandbox.control("rules", {"withdraw_after": 0})
    with world.rules():
        world.member("boss").phone = "+8613900000077"
    return world


def send_sample(world):
    with world.rules():
        samples.send(world.platform.name, world.member("boss"), ("phone",))


def test_a_retried_sample_still_withdraws_itself(sampled, platform):
    revoke(sampled, platform.start_scope)
    send_sample(sampled)
    sampled.run()
    sampled.pass_time(11 * 60)
    sampled.run()
    grant(sampled, platform.start_scope)
    with sampled.rules():
        ledger.retry(sampled.started(), sampled.member("boss"))
    sampled.run()
    assert len(sampled.open_cards()) == 1
    sampled.pass_time(11 * 60)
    sampled.run()
    assert sampled.open_cards() == []


def test_a_sample_whose_withdrawal_failed_can_be_withdrawn_again(sampled, platform):
    send_sample(sampled)
    sampled.run()
    rights = RIGHTS[platform.name]
    revoke(sampled, *rights)
    sampled.pass_time(11 * 60)
    sampled.run()
    with sampled.rules():
        rows = db.session.scalars(db.select(Delivery).filter_by(action="withdraw")).all()
        assert [row.state for row in rows] == ["failed"]
    grant(sampled, *rights)
    with sampled.rules():
        samples.withdraw(platform.name, sampled.member("boss"))
    sampled.run()
    assert sampled.open_cards() == []


def test_a_phone_that_moved_credits_nobody_by_chance(world):
    """DESIGN §5.7: the account was found by a phone that is another's by now, or not alone its."""
    ticket_id = world.file()
    world.deliver()
    with world.rules():
        lead, other = world.member("lead"), world.member("operator")
        other.phone, lead.phone = lead.phone, "+8613900000098"
    world.sandbox.press(world.sandbox.cards()[0]["id"], "agree", "ding-lead")
    world.run()
    assert world.facts(ticket_id)["steps"][0] == "open"
    assert world.facts(ticket_id)["cards"][0][1] == "broken"


def test_a_phone_that_a_second_member_got_credits_nobody(world):
    ticket_id = world.file()
    world.deliver()
    with world.rules():
        world.member("operator").phone = world.member("lead").phone
    world.sandbox.press(world.sandbox.cards()[0]["id"], "agree", "ding-lead")
    world.run()
    assert world.facts(ticket_id)["steps"][0] == "open"


def test_a_right_to_read_that_was_lost_stands_on_the_ticket(world, platform):
    """Nothing is silent: the agreement is over there, and nobody may read it."""
    reading = RIGHTS[platform.name][:-1] if platform.name == "dingtalk" else RIGHTS["feishu"]
    ticket_id = world.file()
    world.deliver()
    world.sandbox.press(world.sandbox.cards()[0]["id"], "agree", "ding-lead")
    revoke(world, *reading)
    world.run()
    (problem,) = world.facts(ticket_id)["problems"]
    assert "读不到这条审批的结果" in problem
    assert reading[0] in problem
    grant(world, *reading)
    world.run()
    assert world.facts(ticket_id)["steps"][0] == "approved"
    assert world.facts(ticket_id)["problems"][0] == ""


def test_a_correction_during_a_match_is_not_lost(world, platform):
    with world.rules():
        lead = world.member("lead")
        matching.ask(lead, platform.name)
    with world.rules():
        batch = matching.claim(platform.name, ("phone",))
    with world.rules():
        world.member("lead").phone = "+8613900000099"
        db.session.flush()
        matching.ask(world.member("lead"), platform.name)
    with world.app.app_context():
        matching.carry_out(batch, _adapter(world), db.session.commit)
    with world.rules():
        row = db.session.scalars(
            db.select(ProviderAccount).filter_by(member_id=world.member("lead").id)
        ).one()
        assert row.match_due_at is not None, "the corrected phone is still to be matched"


def _adapter(world):
    return jobs._provider(world.platform.name, world.platform.app_key)


def test_matching_keeps_the_pause_it_has_noted(world, platform):
    with world.rules():
        matching.ask(None, platform.name)
    world.sandbox.fault("qps", platform.people, times=None)
    for _tick in range(10):
        world.match()
    assert len(world.sandbox.calls(platform.people)) == 1


def test_everything_is_over_in_the_end(sampled):
    """No key of a live sample is left behind."""
    send_sample(sampled)
    sampled.run()
    sampled.pass_time(11 * 60)
    sampled.run()
    with sampled.rules():
        assert [one.live_key for one in db.session.scalars(db.select(Approval))] == [None]
