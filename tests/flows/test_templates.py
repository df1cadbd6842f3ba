"""The approval template: made by saving, once an app, in a delivery of its own."""

from __future__ import annotations

import re

import pytest

from portal.domain import ledger, templates
from portal.domain.errors import RuleError
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


@pytest.mark.parametrize("kind", ["lost_before", "lost_after"])
def test_a_lost_answer_never_makes_a_second_one(fresh, platform, kind):
    """DingTalk finds one by its name; Feishu has no such look: there a person decides."""
    fresh.match()  # the token of an earlier test is replaced: the fault hits the call itself
    ticket_id = fresh.file()
    fresh.sandbox.fault(kind, platform.template, method="POST")
    fresh.deliver()
    assert template_rows(fresh)[0][0] == "queued"
    fresh.pass_time(3)
    fresh.deliver()
    assert template_rows(fresh)[0][0] == "queued", "not before it has settled"
    for _try in range(4):
        fresh.pass_time(60)
        fresh.run()
    made = len(fresh.sandbox.control("templates")["templates"])
    if platform.name == "dingtalk":
        assert (made, fresh.facts(ticket_id)["cards"][0][1]) == (1, "pending")
        return
    assert made == (1 if kind == "lost_after" else 0)
    assert template_rows(fresh) == [("failed", "template_in_doubt")]
    assert "可能已经建立" in fresh.facts(ticket_id)["problems"][0]
    with fresh.rules():
        row = db.session.scalars(db.select(Delivery).filter_by(action="template")).one()
        ledger.retry(row, fresh.member("boss"))
    fresh.run()
    assert template_rows(fresh) == [("sent", "")]
    assert len(fresh.sandbox.control("templates")["templates"]) == made + 1


def test_two_preparings_of_one_app_never_run_together(fresh, platform):
    scopes = {"dingtalk": ["Workflow.Form.Write"], "feishu": ["approval:approval"]}[platform.name]
    fresh.sandbox.control("scopes", {"app_key": platform.app_key, "revoke": scopes})
    fresh.deliver()
    fresh.save_platform()
    assert [state for state, _code in template_rows(fresh)] == ["failed", "queued"]
    with fresh.rules():
        first = db.session.scalars(db.select(Delivery).order_by(Delivery.id)).first()
        with pytest.raises(RuleError, match="更新的一次"):
            ledger.retry(first, fresh.member("boss"))


def test_an_app_that_comes_back_finds_its_template_again(fresh, platform):
    """A, then B, then A: what A has made is still there, and can never be removed."""
    fresh.deliver()
    first = code(fresh)
    app = {"provider": platform.name, "app_key": "secondapp", "app_secret": "second-secret"}
    fresh.sandbox.control("apps", app)
    fresh.save_platform(app_key="secondapp", secret="second-secret")
    fresh.deliver()
    assert code(fresh) != first
    fresh.save_platform(secret=platform.app_secret)
    fresh.deliver()
    assert code(fresh) == first


def test_a_check_in_trouble_holds_up_no_card_and_breaks_none(fresh, platform):
    fresh.file()
    fresh.run()
    fresh.pass_time(25 * 3600)
    reading = {"dingtalk": "forms/schemas", "feishu": "approvals/"}[platform.name]
    fresh.sandbox.fault("status", reading, times=None, status=500, body="?")
    ticket_id = fresh.file()
    for _tick in range(3):
        fresh.pass_time(3)
        fresh.deliver()
    assert fresh.facts(ticket_id)["cards"][0][1] == "pending"


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
