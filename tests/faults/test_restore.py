"""A backup taken while workers drain tickets, restored on an empty machine (reliability.md G12)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from portal import config, create_app
from portal.extensions import db
from portal.models import Delivery, DeliveryAttempt, DeliveryState
from tests.faults.conftest import ON_EACH, Stage
from tests.faults.judge import UNHARMED, Numbers
from tests.faults.processes import ROOT, is_dead, wait_until
from tests.world import World

TICKETS = 60
# So many starts before the backup is taken, and so many more by the machine that is then lost.
BEFORE, AFTER = 15, 20
FLASK = [str(Path(sys.executable).parent / "flask"), "--app", "wsgi"]


def command(environment: dict[str, str], *words: str) -> str:
    """`flask --app wsgi …`, as a person types it."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("PORTAL_")}
    done = subprocess.run(
        [sys.executable, *FLASK, *words],
        cwd=ROOT,
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def here(stage: Stage, *words: str) -> str:
    """The same in this process, which has imported the portal already: at once."""
    done = stage.world.app.test_cli_runner().invoke(args=words)
    assert done.exit_code == 0, done.output
    return done.output


def kill(pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    for pid in pids:
        wait_until(lambda pid=pid: is_dead(pid), "the worker is dead")


def moved(stage: Stage, folder: Path) -> Stage:
    """The same company on another machine, whose database is still to come."""
    environment = stage.environment | {"PORTAL_DATABASE_URL": f"sqlite:///{folder}/portal.db"}
    app = create_app(config.load(environment | {"PORTAL_ALLOW_LOOPBACK": "1"}, folder))
    world = World(app, stage.sandbox, stage.world.platforms)
    return Stage(world, None, environment, stage._forkers, stage._log)


def lose_a_machine(stage: Stage, folder: Path) -> Stage:
    """Back up amid the work, go on, lose the machine, restore elsewhere; answers the new one."""
    stage.warm()
    stage.fault_on_start("lost_after", times=None, rate=0.15, reset=True, seed=4)
    stage.fault_on_start("delay_after", times=None, seconds=0.15)  # time to take a backup in
    stage.file(TICKETS)
    workers = [stage.worker(), stage.worker()]
    wait_until(lambda: len(stage.starts()) >= BEFORE, "the work has begun", 60)
    kept = folder / "kept.db"
    said = here(stage, "backup", str(kept))
    at_backup = len(stage.starts())
    wait_until(lambda: len(stage.starts()) >= at_backup + AFTER, "the work goes on", 60)
    kill(workers)
    assert f"{TICKETS + 1} tickets" in said
    (folder / "empty").mkdir()
    new = moved(stage, folder / "empty")
    said = command(new.environment, "restore", str(kept))
    print(f"starts: {at_backup} at the backup, {len(stage.starts())} when lost\n{said}")
    new.tickets = list(stage.tickets)
    return new


def go_on(new: Stage) -> Numbers:
    for _worker in range(2):
        new.worker()
    new.drain(60)
    new.retry_set_aside()
    new.drain(60)
    return new.judge()


def close(new: Stage) -> None:
    with new.world.app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.mark.faults
@pytest.mark.timed
@ON_EACH
def test_a_backup_under_load_restores_without_loss_and_without_second_cards(stage, tmp_path):
    new = lose_a_machine(stage, tmp_path)
    looked_for = new.count(Delivery.state == DeliveryState.QUEUED)
    numbers = go_on(new)
    close(new)
    assert looked_for >= AFTER
    assert numbers.submitted == TICKETS + 1
    assert numbers.harm == UNHARMED
    assert numbers.recovered >= AFTER


@pytest.mark.sabotage
def test_a_restore_that_believes_the_backup_makes_second_cards(stage, tmp_path):
    """Without the doubts, whatever the lost machine had sent since is sent once more."""
    new = lose_a_machine(stage, tmp_path)
    with new.world.app.app_context():
        db.session.execute(db.delete(DeliveryAttempt).where(DeliveryAttempt.code == "restored"))
        db.session.commit()
    numbers = go_on(new)
    close(new)
    assert numbers.duplicated >= 1
