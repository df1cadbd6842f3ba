"""The approval template: made by saving, once an app, in a delivery of its own."""

from __future__ import annotations

import re

import pytest

from portal.domain import ledger, templates
from portal.extensions import db
from portal.models import Delivery, ProviderSetting
from tests.world import World


@pytest.fixture
def fresh(app, sandbox, password_hash, platform) -> World:
    """Just saved: nothing was sent yet."""
    world = World(app, sandbox, [platform])
    world.settle_in(password_hash)
    return world


def written(world):
    """Calls that made or changed a template."""
    return [
        call
        for call in world.sandbox.calls()
        if call["method"] == "POST"
        and re.search(world.platform.template, call["path"])
        and call["status"] == 200
    ]


def template_rows(world):
    with world.rules():
        rows = db.session.scalars(
            db.select(Delivery).filter_by(action="template").order_by(Delivery.id)
        )
        return [(row.state.value, row.last_code) for row in rows]


def code(world):
    with world.rules():
        return db.session.scalars(db.select(ProviderSetting)).one().template_code


def test_saving_makes_it_before_any_ticket(fresh):
    """Pitfalls 12 and 13."""
    assert fresh.sandbox.calls() == [], "no web request calls a provider"
    assert template_rows(fresh) == [("queued", "")]
    fresh.deliver()
    assert template_rows(fresh) == [("sent", "")]
    assert code(fresh)
    assert len(written(fresh)) == 1
    first = code(fresh)
    for _save in range(3):
        fresh.save_platform()
        fresh.deliver()
    assert code(fresh) == first
    assert len(written(fresh)) == 1


def test_saving_while_one_is_queued_queues_no_second(fresh):
    for _save in range(3):
        fresh.save_platform()
    assert len(template_rows(fresh)) == 1


def test_many_cards_at_once_wait_for_one_template(fresh):
    ids = [fresh.file() for _ in range(5)]
    fresh.run()
    assert len(written(fresh)) == 1
    assert {fresh.facts(one)["cards"][0][1] for one in ids} == {"pending"}
    assert len({card["process_code"] for card in fresh.sandbox.cards()}) == 1


def test_a_code_that_was_answered_is_kept_though_its_process_died(fresh):
    """No second definition: one that was made over there cannot be removed."""
    fresh.deliver()
    with fresh.rules():
        setting = db.session.scalars(db.select(ProviderSetting)).one()
        made = setting.template_code
        setting.template_code, setting.template_checked_at = "", None
        delivery = db.session.scalars(db.select(Delivery)).one()
        delivery.state, delivery.ended_at = "sending", None
    fresh.pass_time(100)
    fresh.deliver()
    assert code(fresh) == made
    assert len(written(fresh)) == 1


def test_a_refused_one_fails_its_cards_with_the_same_cure_and_both_can_be_retried(fresh, platform):
    scopes = {"dingtalk": ["Workflow.Form.Write"], "feishu": ["approval:approval"]}[platform.name]
    fresh.sandbox.control("scopes", {"app_key": platform.app_key, "revoke": scopes})
    ticket_id = fresh.file()
    fresh.run()
    assert template_rows(fresh)[0][0] == "failed"
    facts = fresh.facts(ticket_id)
    assert facts["cards"][0][1] == "broken"
    assert scopes[0] in facts["problems"][0]
    with fresh.rules():
        assert scopes[0] in templates.obstacle(db.session.scalars(db.select(ProviderSetting)).one())
    fresh.sandbox.control("scopes", {"app_key": platform.app_key, "grant": scopes})
    with fresh.rules():
        ledger.retry(fresh.started(), fresh.member("boss"))
    fresh.run()
    assert fresh.facts(ticket_id)["cards"][0][1] == "pending"
    assert template_rows(fresh)[-1] == ("sent", "")


def test_a_template_deleted_over_there_is_made_anew(fresh):
    fresh.file()
    fresh.run()
    first = code(fresh)
    fresh.sandbox.control(f"templates/{first}", {"deleted": True})
    ticket_id = fresh.file()
    fresh.run()
    assert fresh.facts(ticket_id)["cards"][0][1] == "pending"
    assert code(fresh) != first


def test_a_lost_answer_is_waited_for_before_the_next_try(fresh, platform):
    fresh.sandbox.fault("lost_before", platform.template, method="POST")
    fresh.deliver()
    assert template_rows(fresh)[0][0] == "queued"
    fresh.pass_time(3)
    fresh.deliver()
    assert written(fresh) == []
    fresh.pass_time(60)
    fresh.deliver()
    assert template_rows(fresh) == [("sent", "reset")] or template_rows(fresh) == [("sent", "")]
    assert len(written(fresh)) == 1


def test_it_is_looked_at_again_once_a_day_and_mended(fresh):
    fresh.file()
    fresh.run()
    fresh.sandbox.control("calls", method="DELETE")
    fresh.file()
    fresh.run()
    looks = [call for call in fresh.sandbox.calls() if "approvals/" in call["path"] or "forms/" in
             call["path"]]  # fmt: skip
    assert looks == []
    fresh.sandbox.control(f"templates/{code(fresh)}", {"rename": {"工单名称": "标题"}})
    fresh.pass_time(25 * 3600)
    ticket_id = fresh.file()
    fresh.run()
    card = fresh.sandbox.cards(marker=f"-{ticket_id}-R1")[0]
    assert card["form"]["工单名称"]
    assert len(written(fresh)) == 1
