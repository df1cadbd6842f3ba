"""What a delivery that was given up leaves behind: no card without its ticket, none twice."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from portal.domain import approvals, integrations, tickets
from portal.extensions import db
from portal.models import Delivery, DeliveryAction, DeliveryState, ProviderSetting
from portal.sandbox.seed import DEFAULT_APP_KEY, DEFAULT_APP_SECRET
from tests.faults.conftest import ON_DATABASES_AT_NIGHT
from tests.faults.judge import UNHARMED, Numbers
from tests.faults.processes import holds_for, wait_until

READ = "Workflow.Instance.Read"


def given_up_in_doubt(stage, kind: str) -> int:
    """The answer of the start is lost, and the right to look for it is gone; the ticket's id."""
    stage.warm()
    stage.fault_on_start(kind)
    (ticket_id,) = stage.file()
    stage.sandbox.control("scopes", {"revoke": [READ]})
    stage.worker()

    def is_given_up() -> bool:
        stage.hurry()
        # Without the look nobody finds out; the start is sent again instead.
        return stage.count(Delivery.state == DeliveryState.FAILED) or stage.is_drained()

    wait_until(is_given_up, "the start is given up")
    stage.sandbox.control("scopes", {"grant": [READ]})
    return ticket_id


def closed_then(stage, kind: str) -> Numbers:
    ticket_id = given_up_in_doubt(stage, kind)
    with stage.world.ticket(ticket_id) as ticket:
        tickets.close(ticket, stage.world.member("creator"), "不需要了")
    stage.drain()
    return stage.judge()


def sent_anew(stage, kind: str) -> Numbers:
    ticket_id = given_up_in_doubt(stage, kind)
    with stage.world.ticket(ticket_id) as ticket:
        approvals.resend(ticket, stage.world.member("creator"), "dingtalk")
    stage.drain()
    return stage.judge()


@pytest.mark.faults
@ON_DATABASES_AT_NIGHT
@pytest.mark.parametrize("kind", ["lost_after", "lost_before"])
def test_closing_withdraws_a_card_whose_start_was_given_up_in_doubt(stage, kind):
    assert closed_then(stage, kind).harm == UNHARMED


@pytest.mark.faults
@ON_DATABASES_AT_NIGHT
@pytest.mark.parametrize("kind", ["lost_after", "lost_before"])
def test_a_card_sent_anew_replaces_the_one_that_was_given_up_in_doubt(stage, kind):
    assert sent_anew(stage, kind).harm == UNHARMED


@pytest.mark.sabotage
def test_without_withdrawing_the_doubtful_a_closed_ticket_keeps_its_card(stage, monkeypatch):
    monkeypatch.setattr(approvals, "withdraw_left_behind", lambda approval: None)
    assert closed_then(stage, "lost_after").unexpected == 1


@pytest.mark.sabotage
def test_without_withdrawing_the_doubtful_a_card_sent_anew_is_a_second_one(stage, monkeypatch):
    monkeypatch.setattr(approvals, "withdraw_left_behind", lambda approval: None)
    assert sent_anew(stage, "lost_after").duplicated == 1


def secret_lost(stage) -> None:
    """The stored secret is under a key that is gone; then an admin enters it again."""
    stage.warm()
    other_key = Fernet(Fernet.generate_key()).encrypt(b"secret").decode()
    with stage.world.rules():
        db.session.execute(db.update(ProviderSetting).values(app_secret_encrypted=other_key))
    stage.file()
    stage.worker()
    tried = (Delivery.attempts == 1, Delivery.action == DeliveryAction.START)
    wait_until(lambda: stage.count(*tried) == 2, "it was tried")
    assert holds_for(lambda: not stage.starts(), 0.5)
    if stage.rule is None:
        problem = Delivery.last_code == "secret_unreadable"
        assert stage.count(Delivery.state == DeliveryState.QUEUED, problem) == 1
        assert stage.count(Delivery.attempts > 1) == 0
    with stage.world.rules():
        admin = stage.world.member("boss")
        integrations.save_provider(
            "dingtalk", True, DEFAULT_APP_KEY, DEFAULT_APP_SECRET, None, admin
        )


@pytest.mark.faults
def test_rows_wait_for_a_readable_secret_and_then_go_out(stage):
    secret_lost(stage)
    wait_until(stage.is_drained, "the row goes out by itself")
    assert stage.judge().harm == UNHARMED


@pytest.mark.sabotage
def test_without_holding_a_row_stays_with_nobody(stage):
    stage.rule = "holding"
    secret_lost(stage)
    stage.drain()
    assert stage.judge().lost == 1
