"""A person marks a problem while the very SQL is filed again: what was decided stays decided."""

from __future__ import annotations

import threading
import time

import pytest

from portal.domain import gathering, problems
from portal.domain.problems import Change
from portal.extensions import db
from portal.models import OperationRecord, ProblemSql, ProblemStatus, Project
from tests.faults.conftest import ON_DATABASES, ON_SERVERS
from tests.faults.goals import IS_LONG

SQL = "DELETE FROM orders"
# So long the one who is first keeps the other waiting.
IN_HAND = 0.4
ROUNDS = 500 if IS_LONG else 12


def mark(stage, status: ProblemStatus, meanwhile=lambda: None) -> None:
    """What a person does on the page. meanwhile: before the commit."""
    with stage.world.rules():
        pay = db.session.scalars(db.select(Project).filter_by(name="pay")).one()
        rows = db.session.scalars(db.select(ProblemSql)).all()
        problems.change(pay, rows, Change(status=status), stage.world.member("lead"))
        meanwhile()


def found(stage) -> tuple[ProblemStatus, int]:
    """What is kept of the only problem: its status, and how often it was seen."""
    with stage.world.rules():
        problem = db.session.scalars(db.select(ProblemSql)).one()
        return problem.status, problem.count


def at_once(first, second) -> None:
    """second begins when first says so."""
    begin = threading.Event()

    def follow() -> None:
        begin.wait(10)
        second()

    hands = [threading.Thread(target=first, args=(begin,)), threading.Thread(target=follow)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(20)


def marked_during_a_gathering(stage, monkeypatch) -> tuple[ProblemStatus, int]:
    """The gathering has read the status, and writes it back later; somebody marks it meanwhile."""
    stage.world.file(SQL)
    known = gathering._known

    def file(begin: threading.Event) -> None:
        def read_and_wait(*arguments):
            rows = known(*arguments)
            begin.set()
            time.sleep(IN_HAND)
            return rows

        monkeypatch.setattr(gathering, "_known", read_and_wait)
        stage.world.file(SQL)

    at_once(file, lambda: mark(stage, ProblemStatus.IGNORED))
    return found(stage)


@pytest.mark.faults
@ON_DATABASES
def test_a_mark_made_during_a_gathering_stays(stage, monkeypatch):
    assert marked_during_a_gathering(stage, monkeypatch) == (ProblemStatus.IGNORED, 2)


@pytest.mark.faults
@ON_DATABASES
def test_a_gathering_that_waits_for_a_mark_sees_it(stage):
    """Marked as solved, and seen again after that: it waits to be handled again, and says so."""
    stage.world.file(SQL)

    def mark_slowly(begin: threading.Event) -> None:
        def wait() -> None:
            db.session.flush()
            begin.set()
            time.sleep(IN_HAND)

        mark(stage, ProblemStatus.SOLVED, wait)

    at_once(mark_slowly, lambda: stage.world.file(SQL))
    assert found(stage) == (ProblemStatus.UNHANDLED, 2)
    with stage.world.rules():
        reopened = db.select(OperationRecord).filter_by(action="problem_reopened")
        assert len(db.session.scalars(reopened).all()) == 1


@pytest.mark.faults
@ON_SERVERS
def test_marks_and_gatherings_in_their_dozens(stage):
    """Two who file and one who marks, at their own pace: all is counted, no mark is undone."""
    undone = []
    stage.world.file(SQL)

    def file() -> None:
        for _round in range(ROUNDS):
            stage.world.file(SQL)

    def mark_each_time() -> None:
        """A gathering opens again only what was solved."""
        for number in range(ROUNDS):
            wanted = (ProblemStatus.IGNORED, ProblemStatus.MANUAL_AUDITED)[number % 2]
            mark(stage, wanted)
            time.sleep(0.02)
            undone.append(found(stage)[0] != wanted)

    hands = [threading.Thread(target=work) for work in (file, mark_each_time, file)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(60 + ROUNDS)
    assert undone == [False] * ROUNDS
    assert found(stage)[1] == 1 + 2 * ROUNDS


@pytest.mark.sabotage
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_without_the_projects_lock_a_gathering_undoes_a_mark(stage, monkeypatch):
    monkeypatch.setattr(problems, "lock", lambda project: None)
    status, _count = marked_during_a_gathering(stage, monkeypatch)
    assert status == ProblemStatus.UNHANDLED
