"""A desk at which problems are pushed to CODING while answers are lost and workers are killed."""

from __future__ import annotations

import os
import random
import re
import signal
from collections import Counter

import pytest

from portal.domain import issues, tracker_settings, tries
from portal.domain.issues import PushOrder
from portal.extensions import db
from portal.models import Delivery, IssueKind, IssueState, ProblemIssue, ProblemSql, Project
from portal.sandbox.seed import CODING_TOKEN
from tests.faults.goals import GOALS
from tests.faults.judge import Numbers
from tests.faults.processes import holds_for, is_dead, wait_until

CALLS_A_SECOND = 30
CREATE = "CreateIssue"
KEY = re.compile(r"P\w+-Q\d+$")
FAULTS = (
    {"kind": "lost_before"},
    {"kind": "lost_after", "reset": True},
    {"kind": "status", "status": 502},
    {"kind": "status_after", "status": 500},
    {"kind": "half", "bytes": 80},
)
# Each takes its share of what the ones before it let pass: a third of all, together.
RATE = 1 - (2 / 3) ** (1 / len(FAULTS))


@pytest.fixture
def desk(stage):
    """CODING is on; what the stage's platform of approvals does is of no interest here."""
    stage.environment["PORTAL_ALLOW_LOOPBACK"] = "1"
    with stage.world.rules():
        tracker_settings.save(
            "coding",
            enabled=True,
            address=stage.sandbox.base,
            token=CODING_TOKEN,
            actor=stage.world.member("boss"),
        )
    stage.sandbox.control("rules", {"coding_qps": CALLS_A_SECOND})
    return stage


def push(desk, count: int = 0) -> int:
    """File what makes so many new problems, and push all; answers how many were queued."""
    if count:
        desk.world.file("\n".join(f"DELETE FROM t{number};" for number in range(count)))
    with desk.world.rules():
        pay = db.session.scalars(db.select(Project).filter_by(name="pay")).one()
        problems = db.session.scalars(db.select(ProblemSql)).all()
        order = PushOrder("shop", IssueKind.DEFECT)
        return issues.push(pay, problems, order, desk.world.member("creator")).queued


def creates(desk) -> list[dict]:
    return desk.sandbox.calls(CREATE)


def judge(desk) -> Numbers:
    """Compare what lies over there with what the portal says of it."""
    there = Counter(
        (KEY.search(one["name"])[0], str(one["code"]))
        for one in desk.sandbox.issues()
        if not one["is_deleted"]
    )
    per_key = Counter(key for key, _code in there)
    with desk.world.rules():
        rows = db.session.scalars(db.select(ProblemIssue)).all()
        pushed = db.session.scalars(db.select(Delivery).where(Delivery.issue_id.is_not(None))).all()
        numbers = Numbers(
            submitted=len(rows),
            lost=sum(
                one.state != IssueState.CREATED or (one.key, one.number) not in there
                for one in rows
            ),
            duplicated=sum(count > 1 for count in per_key.values()),
            unexpected=len(per_key.keys() - {one.key for one in rows}),
            recovered=sum(one.attempts > 1 for one in pushed),
            in_doubt=sum(
                one.state != "sent" or bool(tries.doubtful_since(one)) for one in pushed
            ),
        )
    print(numbers)
    return numbers


def chaos(desk, count: int, kills: int) -> Numbers:
    """Two workers at a time; the older one is killed and replaced, again and again."""
    dice = random.Random(20261126)
    for seed, fault in enumerate(FAULTS):
        desk.sandbox.fault(match=CREATE, times=None, rate=RATE, seed=seed, **fault)
    assert push(desk, count) == count
    workers = [desk.worker(), desk.worker()]
    for _kill in range(kills):
        before = len(creates(desk))
        wait_until(lambda before=before: _goes_on(desk, before), "work goes on")
        holds_for(lambda: True, dice.uniform(0.0, 0.3))
        oldest = workers.pop(0)
        os.kill(oldest, signal.SIGKILL)
        wait_until(lambda pid=oldest: is_dead(pid), "the worker is dead")
        workers.append(desk.worker())
    desk.drain(GOALS["problems"]["seconds"])
    desk.retry_set_aside()
    desk.drain(60)
    faulty = [call for call in creates(desk) if call["fault"]]
    print(f"kills {kills}, creates {len(creates(desk))}, of them faulty {len(faulty)}")
    assert len(faulty) >= len(creates(desk)) / 5
    return judge(desk)


def _goes_on(desk, before: int) -> bool:
    desk.hurry()
    return len(creates(desk)) > before or desk.is_drained()
