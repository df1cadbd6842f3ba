"""A restored backup runs no SQL and sends no card by itself: the old database went on after it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain import approvals, restored, run_log, running, schedules, tickets
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    Approval,
    Delivery,
    DeliveryAction,
    DeliveryState,
    ExecutionRun,
    OperationRecord,
)
from tests.execution.conftest import Works

UPDATE = "UPDATE stock SET n = n + 1 WHERE id = 1"
RUN_ONCE = {1: 11, 2: 20, 3: 30}
pytestmark = pytest.mark.parametrize("database_server", ["sqlite"], indirect=True)


class Past:
    """Takes a backup, and later brings the portal back to it."""

    def __init__(self, world, folder):
        self.world, self.file = world, folder / "backup.db"

    def _command(self, name: str) -> str:
        with self.world.app.app_context():
            db.session.remove()
            db.engine.dispose()
        result = self.world.app.test_cli_runner().invoke(args=[name, str(self.file)])
        assert result.exit_code == 0, (result.output, result.exception)
        return result.output

    def keep(self) -> None:
        self._command("backup")

    def comes_back(self) -> str:
        said = self._command("restore")
        self.world.pass_time(300)  # what was in doubt has settled
        return said


@pytest.fixture
def past(world, tmp_path) -> Past:
    return Past(world, tmp_path)


def go_on(works: Works) -> None:
    """All that the portal does by itself, several times over."""
    for _round in range(3):
        works.world.run()
        works.tick()


def cards(works: Works, ticket_id: int) -> list[str]:
    """What the ticket's cards look like over there, oldest first."""
    return [
        works.world.outcome(card) for card in works.world.sandbox.cards(marker=f"-{ticket_id}-R")
    ]


def test_a_queued_run_is_not_begun_by_the_restored_portal(works, past):
    ticket_id = works.ready(UPDATE)
    works.press(ticket_id)
    past.keep()
    works.tick()
    said = past.comes_back()
    assert (
        f"queued runs, taken back: their tickets wait for execution: ticket:pay/{ticket_id}" in said
    )
    go_on(works)
    story = works.story(ticket_id)
    assert (story["status"], story["run"]) == ("wait_for_execution", "returned")
    assert "门户从备份恢复" in story["notice"]
    assert works.stock() == RUN_ONCE


def test_a_run_under_way_has_an_unknown_outcome(works, past):
    """Its process went on: what its rows say is not how far it came."""
    ticket_id = works.ready(f"{UPDATE}; {UPDATE}")
    works.press(ticket_id)
    with works.world.rules():
        claim = run_log.claim()
        task = db.session.get_one(ExecutionRun, claim.run_id).ticket.tasks[0]
        row = run_log.begin_task(claim, task.id, is_transaction=True)
        run_log.begin_statement(claim, row, 1, None)
    past.keep()
    past.comes_back()
    go_on(works)
    story = works.story(ticket_id)
    assert (story["status"], story["run"]) == ("exec_failed", "unknown")
    assert "之后执行到哪里无法得知" in story["problem"]
    assert story["statements"] == [(1, "unknown", None)]
    with works.world.ticket(ticket_id) as ticket:
        assert running.settle(ticket, works.world.member("operator"), running.DONE) == 1


def test_a_schedule_whose_time_comes_is_not_begun(works, past):
    ticket_id = works.ready(UPDATE)
    with works.world.ticket(ticket_id) as ticket:
        at = database_now(db.session) + timedelta(minutes=4)
        schedules.schedule(ticket, works.world.member("operator"), at)
    past.keep()
    past.comes_back()
    go_on(works)
    assert works.story(ticket_id)["status"] == "wait_for_execution"
    assert works.stock() == {1: 10, 2: 20, 3: 30}
    with works.world.ticket(ticket_id) as ticket:
        assert "定时上线已取消" in ticket.notice
        actions = db.session.scalars(
            db.select(OperationRecord.action).filter_by(subject=approvals.subject_of(ticket))
        )
        assert "schedule_lapsed" in set(actions)


def test_an_agreement_given_after_the_backup_does_not_run_the_sql_twice(works, past):
    """The worst of it: the card over there says 同意, and the SQL has been run for it already."""
    ticket_id = works.ready(UPDATE)
    works.world.run()
    past.keep()
    [card] = works.world.open_cards(f"-{ticket_id}-R")
    works.world.sandbox.press(card["id"], "agree", "ding-operator")
    go_on(works)
    assert works.story(ticket_id)["status"] == "finished"
    assert works.stock() == RUN_ONCE
    past.comes_back()
    go_on(works)
    assert works.story(ticket_id)["status"] == "wait_for_execution"
    assert works.stock() == RUN_ONCE
    assert works.world.open_cards(f"-{ticket_id}-R") == []


def test_its_execute_card_is_withdrawn_and_none_follows(works, past):
    ticket_id = works.ready(UPDATE)
    works.world.run()
    past.keep()
    past.comes_back()
    go_on(works)
    assert cards(works, ticket_id)[-1] == "withdrawn"
    with works.world.ticket(ticket_id) as ticket, pytest.raises(RuleError):
        approvals.resend(ticket, works.world.member("boss"), "dingtalk")


def test_an_audit_step_agreed_meanwhile_counts_and_asks_for_no_execution_by_card(works, past):
    ticket_id = works.file(UPDATE)
    works.world.run()
    past.keep()
    [card] = works.world.open_cards(f"-{ticket_id}-R")
    works.world.sandbox.press(card["id"], "agree", "ding-lead")
    past.comes_back()
    works.world.run()
    with works.world.ticket(ticket_id) as ticket:
        assert [step.state for step in ticket.steps] == ["approved", "open", "waiting"]
        step = works.world.step(ticket, 2)
        assert tickets.decide(step, step.assignees[0].member, True)
    go_on(works)
    assert works.story(ticket_id)["status"] == "wait_for_execution"
    assert works.world.open_cards(f"-{ticket_id}-R") == []


def test_a_card_that_was_sent_after_the_backup_is_found_and_not_sent_again(works, past):
    ticket_id = works.file(UPDATE)
    past.keep()
    works.world.run()
    [card] = works.world.open_cards(f"-{ticket_id}-R")
    said = past.comes_back()
    assert "deliveries looked for over there before they are sent: 1" in said
    works.world.run()
    assert [one["id"] for one in works.world.open_cards(f"-{ticket_id}-R")] == [card["id"]]
    with works.world.rules():
        assert db.session.scalars(db.select(Approval)).one().external_id == card["id"]


@pytest.mark.parametrize("is_sent", [True, False])
def test_a_person_looks_for_a_card_of_an_app_that_returned_after_the_backup(works, past, is_sent):
    """No card is sent by itself which may stand there already and, without a template, cannot be
    looked for.
    """
    world = works.world
    app = {"provider": world.platform.name, "app_key": "secondapp", "app_secret": "another"}
    world.sandbox.control("apps", app)
    ticket_id = works.file(UPDATE)
    world.save_platform(app_key="secondapp", secret="another")
    past.keep()
    if is_sent:
        world.save_platform(secret=world.platform.app_secret)
        world.run()
    past.comes_back()
    world.save_platform(secret=world.platform.app_secret)
    world.pass_time(300)
    world.run()
    assert len(world.open_cards(f"-{ticket_id}-R")) == is_sent
    assert "请在审批平台上核对后，点击「重新发送」" in world.facts(ticket_id)["problems"][0]


def test_a_card_that_nobody_sent_is_sent(works, past):
    ticket_id = works.file(UPDATE)
    past.keep()
    past.comes_back()
    works.world.run()
    assert len(works.world.open_cards(f"-{ticket_id}-R")) == 1


def test_no_look_comes_before_what_was_sent_has_settled(works, past):
    works.file(UPDATE)
    past.keep()
    past._command("restore")
    works.world.deliver()
    with works.world.rules():
        start = db.session.scalars(db.select(Delivery).filter_by(action=DeliveryAction.START)).one()
        seconds = (start.due_at - database_now(db.session)).total_seconds()
        assert (start.state, start.last_code) == (DeliveryState.QUEUED, "")
        assert 0 < seconds <= works.world.app.config["SETTLE_SECONDS"]


def test_a_later_card_has_the_new_installations_key(works, past):
    past.keep()
    before = works.file(UPDATE)
    works.world.run()
    past.comes_back()
    after = works.file("SELECT 1")
    works.world.run()
    keys = [card["form"]["审批编号"] for card in works.world.open_cards()]
    assert before == after  # the number is given once more
    assert len({key.split("-")[0] for key in keys}) == 2


def test_its_page_warns_and_the_operator_decides(works, past, sign_in):
    ticket_id = works.ready(UPDATE)
    past.keep()
    past.comes_back()
    page = sign_in("operator").get(f"/projects/pay/tickets/{ticket_id}")
    assert "可能已经上线过" in page.text
    works.press(ticket_id)
    works.tick()
    assert works.story(ticket_id)["status"] == "finished"


def test_tickets_filed_afterwards_are_as_ever(works, past, sign_in):
    past.keep()
    past.comes_back()
    ticket_id = works.ready(UPDATE)
    works.world.run()
    assert len(works.world.open_cards(f"-{ticket_id}-R")) == 1
    page = sign_in("operator").get(f"/projects/pay/tickets/{ticket_id}")
    assert "可能已经上线过" not in page.text
    with works.world.ticket(ticket_id) as ticket:
        assert restored.since(ticket) is None
