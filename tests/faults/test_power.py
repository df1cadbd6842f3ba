"""P10: kill -9 of whoever writes to SQLite, in the middle of commits. Power cuts cannot be made."""

from __future__ import annotations

import os
import random
import signal
import sqlite3

import pytest

from portal.extensions import db
from portal.models import PortalSetting
from tests.faults.goals import IS_LONG
from tests.faults.processes import Forker, holds_for, is_dead, wait_until

KILLS = 200 if IS_LONG else 30
WRITERS = 3


@pytest.fixture(scope="module")
def writers():
    forker = Forker("tests.faults.writer")
    yield forker
    forker.end()


def killed_at_work(stage, writers, tmp_path, kills: int) -> tuple[int, set[str]]:
    """How many commits were acknowledged, and which of them are not there."""
    told = tmp_path / "told"
    told.touch()
    dice = random.Random(20261126)
    numbers = iter(range(10**6))

    def start() -> int:
        return writers.start(
            stage.environment, stage._log, stage.rule, told=str(told), number=next(numbers)
        )

    def lines() -> list[str]:
        return told.read_text().splitlines()

    pids = [start() for _writer in range(WRITERS)]
    for _kill in range(kills):
        pid = pids.pop(0)
        wait_until(lambda pid=pid: any(one.startswith(f"{pid}:") for one in lines()), "it writes")
        holds_for(lambda: True, dice.uniform(0, 0.03))
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda pid=pid: is_dead(pid), "it is dead")
        pids.append(start())
    writers.end_all()
    with stage.world.app.app_context():
        db.session().read_only()
        kept = set(db.session.scalars(db.select(PortalSetting.key)))
        db.session.remove()
    return len(lines()), set(lines()) - kept


@pytest.mark.faults
def test_p10_killed_writers_leave_a_sound_file_with_all_that_was_said_to_be_stored(
    stage, writers, tmp_path
):
    count, missing = killed_at_work(stage, writers, tmp_path, KILLS)
    print(f"{count} commits acknowledged, {KILLS} kills")
    assert count >= KILLS
    assert missing == set()
    with sqlite3.connect(stage.world.database_file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    stage.file()
    stage.worker()
    wait_until(stage.is_drained, "the portal works on")


@pytest.mark.sabotage
def test_what_is_acknowledged_before_its_commit_is_missed(stage, writers, tmp_path):
    stage.rule = "too early"
    _count, missing = killed_at_work(stage, writers, tmp_path, 8)
    assert missing
