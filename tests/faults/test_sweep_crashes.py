"""Crashes around the end of the work: after it (P6), in a poll (P7), by a row itself (P11)."""

from __future__ import annotations

import json
import os
import signal

import pytest

from portal.domain import tickets
from portal.extensions import db
from portal.models import (
    Approval,
    ApprovalState,
    Delivery,
    DeliveryAction,
    DeliveryState,
    OperationRecord,
)
from tests.faults.conftest import LEASE, ON_DATABASES_AT_NIGHT, ON_EACH
from tests.faults.goals import IS_LONG
from tests.faults.judge import UNHARMED
from tests.faults.processes import holds_for, is_dead, wait_until

READ = {
    "dingtalk": "workflow/processInstances$",
    "feishu": "approval/v4/instances/[^/]+$",
}
KINDS = ("kill_after", "kill_answered") if IS_LONG else ("kill_answered",)
CANARY = "CANARY-secret-0123456789"


@pytest.mark.faults
@ON_DATABASES_AT_NIGHT
def test_p6_killed_after_the_record_there_is_nothing_to_do(stage):
    stage.warm()
    for number in range(1, 4):
        pid = stage.worker()
        stage.file()
        wait_until(lambda n=number: len(stage.starts()) == n and stage.is_drained(), "it is sent")
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda pid=pid: is_dead(pid), "it is dead")
    stage.world.pass_time(LEASE + 1)
    stage.worker()
    assert holds_for(lambda: len(stage.starts()) == 3, 1.0)
    assert stage.judge().harm == UNHARMED


def killed_in_a_poll(stage, kind: str) -> None:
    """P7: somebody agrees over there; the process that has asked dies of the answer."""
    stage.warm()
    (ticket_id,) = stage.file()
    stage.worker(SWEEP_SECONDS="3600")
    stage.drain()
    stage.end_workers()
    newest = stage.sandbox.cards()[-1]["id"]
    stage.sandbox.press(newest, "agree", "ding-lead", remark="好")
    look_now(stage)
    pid = stage.worker(SWEEP_SECONDS="0.3")
    path = READ[stage.platform.name]
    stage.sandbox.fault(kind, path, method="GET", pid=pid, seconds=0)
    wait_until(lambda: is_dead(pid), "the poll kills it")
    assert decided(stage, ticket_id) == ([], ["open", "waiting", "waiting"])
    look_now(stage)
    for _node in range(2):
        stage.worker(SWEEP_SECONDS="0.3")
    expected = ([("lead", stage.platform.name)], ["approved", "open", "waiting"])
    if stage.rule is None:
        wait_until(lambda: decided(stage, ticket_id) == expected, "the decision is applied")
        holds_for(lambda: True, 0.7)  # two more sweeps
    else:
        holds_for(lambda: decided(stage, ticket_id) != expected, 3.0)


def look_now(stage) -> None:
    """What was pushed forward by a whole sweep is due, unless nobody will ever ask again."""
    stage.world.pass_time(60)


def decided(stage, ticket_id: int) -> tuple[list, list]:
    """Who has decided the ticket's steps by its records, and what the steps are."""
    with stage.world.ticket(ticket_id) as ticket:
        rows = db.session.scalars(
            db.select(OperationRecord).where(OperationRecord.action.in_(("step_approved",)))
        )
        return (
            [(row.actor.username, row.details["via"]) for row in rows],
            [step.state.value for step in ticket.steps],
        )


@pytest.mark.faults
@ON_DATABASES_AT_NIGHT
@ON_EACH
@pytest.mark.parametrize("kind", KINDS)
def test_p7_killed_in_a_poll_the_next_one_applies_it_once(stage, kind):
    killed_in_a_poll(stage, kind)
    with stage.world.rules():
        states = db.session.scalars(db.select(Approval.state).order_by(Approval.id)).all()
    assert states[1] == ApprovalState.APPROVED
    stage.drain()
    assert stage.judge().harm == UNHARMED


@pytest.mark.sabotage
def test_without_asking_again_a_killed_poll_loses_the_decision(stage):
    stage.rule = "asking again"
    killed_in_a_poll(stage, "kill_answered")
    (ticket_id,) = stage.tickets[-1:]
    assert decided(stage, ticket_id) == ([], ["open", "waiting", "waiting"])


@pytest.mark.faults
@ON_DATABASES_AT_NIGHT
def test_p11_a_row_that_raises_stops_no_other_and_is_told_once_without_secrets(stage):
    """Its payload holds what no binding takes, and would be quoted by it."""
    stage.warm()
    (ticket_id,) = stage.file()
    stage.worker()
    wait_until(stage.is_drained, "its card is sent")
    stage.end_workers()
    with stage.world.ticket(ticket_id) as ticket:
        step = stage.world.step(ticket, 1)
        tickets.decide(step, stage.world.member("owner"), True, "好")
    with stage.world.rules():
        poisoned = db.session.scalar(
            db.select(Delivery).filter_by(
                action=DeliveryAction.DECIDE, state=DeliveryState.QUEUED
            )
        )
        poisoned.payload = {"member_id": {"appsecret": CANARY}, "agreed": True}
        poisoned_id = poisoned.id
    stage.file(5)
    stage.worker()
    others = (Delivery.state == DeliveryState.QUEUED, Delivery.id != poisoned_id)
    wait_until(lambda: not stage.count(*others), "the others are done")
    wait_until(lambda: tracebacks(stage), "the row has raised")
    assert len(tracebacks(stage)) == 1
    assert CANARY not in stage.log()
    assert stage.count(Delivery.id == poisoned_id, Delivery.state == DeliveryState.SENDING) == 1
    stage.world.pass_time(LEASE + 1)
    tried_again = (Delivery.id == poisoned_id, Delivery.attempts == 2)
    wait_until(lambda: stage.count(*tried_again), "the row itself is tried again")


def tracebacks(stage) -> list[dict]:
    """The lines of the workers' log that tell of an exception."""
    *lines, _half = stage.log().split("\n")
    return [line for line in map(json.loads, lines) if "traceback" in line]
