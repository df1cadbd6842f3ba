"""The portal's own storage is locked, full, or used up (D1, D2, D3, D10), by real processes."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.extensions import db
from portal.models import Delivery, DeliveryAction, Ticket
from tests.faults.judge import UNHARMED
from tests.faults.processes import holds_for, wait_until
from tests.faults.serving import LIST, filled, web

__all__ = ["web"]

NOT_THERE = "the database did not take part"


@contextmanager
def locked(stage):
    """Somebody else keeps SQLite's only writer's place."""
    holder = sqlite3.connect(stage.world.database_file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        holder.close()


def filed(stage) -> tuple[int, int]:
    with stage.world.app.app_context():
        db.session().read_only()
        stage.tickets = list(db.session.scalars(db.select(Ticket.id)))
    return len(stage.tickets), stage.count(Delivery.action == DeliveryAction.START)


@pytest.mark.faults
@pytest.mark.timed
def test_d1_locked_for_a_while_a_post_and_a_job_wait_and_succeed(stage, web):
    web.start()
    form = filled(web.visitor())
    stage.worker()
    with ThreadPoolExecutor(1) as pool, locked(stage):
        sending = pool.submit(form.send)
        assert holds_for(lambda: not sending.done(), 3.0), "it is answered while locked"
    assert sending.result().flashes == [("success", "工单已提交。")]
    filed(stage)
    stage.drain()
    assert stage.judge().harm == UNHARMED
    assert "Traceback" not in stage.log() + web.log.read_text()


@pytest.mark.sabotage
def test_without_waiting_for_the_writers_place_a_post_is_refused_at_once(stage, web):
    stage.rule = "waiting"
    web.start()
    form = filled(web.visitor())
    with ThreadPoolExecutor(1) as pool, locked(stage):
        sending = pool.submit(form.send, status=503)
        assert not holds_for(lambda: not sending.done(), 3.0)
    assert sending.result().h1 == "服务暂时不可用"
    assert filed(stage) == (0, 0)


@pytest.mark.faults
@pytest.mark.timed
def test_d1_locked_for_long_is_503_and_one_line_a_tick(stage, web):
    """Nothing shortens the ten seconds that SQLite waits."""
    web.start()
    visitor = web.visitor()
    form = filled(visitor)
    stage.file()
    with locked(stage):
        stage.worker(SWEEP_SECONDS="3600")
        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(form.send, status=503)
            visitor.get(LIST)  # a reader does not wait
            assert sending.result(timeout=14).h1 == "服务暂时不可用"
        assert stage.starts() == []
        lines = [line for line in stage.log().splitlines() if NOT_THERE in line]
    assert "Traceback" not in stage.log() + web.log.read_text()
    assert len(lines) <= 12, "more than a line a waiting thread"
    assert filed(stage) == (1, 1)
    assert form.send().flashes == [("success", "工单已提交。")]
    assert filed(stage) == (2, 2)
    stage.drain()
    assert stage.judge().harm == UNHARMED


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 3 MB that is filled and emptied at will."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small file system")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder) -> None:
    with (folder / "ballast").open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(b"\0" * 4096)
        except OSError:
            return


@pytest.mark.faults
@pytest.mark.timed
def test_d2_nothing_is_said_to_be_stored_on_a_full_disk(stage, web, small_disk):
    database = small_disk / "portal.db"
    with sqlite3.connect(stage.world.database_file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(stage.world.database_file, database)
    web.start(DATABASE_URL=f"sqlite:///{database}")
    visitor = web.visitor()
    form = filled(visitor)
    form.send()
    stage.worker(DATABASE_URL=f"sqlite:///{database}")
    wait_until(lambda: len(stage.sandbox.cards()) == 1, "the first card is sent")
    fill(small_disk)
    taken, statuses = 1, []
    for _press in range(5):
        page = filled_again(visitor, statuses)
        taken += page == 302
    assert 503 in statuses, "the disk is not full"
    assert set(statuses) <= {302, 503}
    assert stored(database) == taken
    stage.sandbox.control("calls", method="DELETE")
    holds_for(lambda: True, 1.0)
    assert len(stage.starts()) == 0, "a start was sent that nobody could write down"
    (small_disk / "ballast").unlink()
    form = filled(visitor)
    form.send()
    wait_until(lambda: len(stage.sandbox.cards()) == taken + 1, "all is sent, without a restart")
    assert stored(database) == taken + 1
    assert check(database) == "ok"


def filled_again(visitor, statuses: list[int]) -> int:
    """Send one more ticket; how it was answered."""
    form = filled(visitor)
    answer = visitor.client.post(
        form.tag["action"], data=form.values, content_type="multipart/form-data"
    )
    statuses.append(answer.status_code)
    return answer.status_code


def stored(database) -> int:
    with sqlite3.connect(database) as connection:
        return connection.execute("SELECT count(*) FROM ticket").fetchone()[0]


def check(database) -> str:
    with sqlite3.connect(database) as connection:
        return connection.execute("PRAGMA integrity_check").fetchone()[0]


@pytest.mark.faults
@pytest.mark.timed
def test_d3_a_full_disk_under_the_log_stops_nothing(stage, web):
    """Every line of the log is refused by the device; INFO, so that each request has one."""
    web.log = Path("/dev/full")
    stage._log = Path("/dev/full")
    web.start(LOG_LEVEL="INFO")
    visitor = web.visitor()
    visitor.get(LIST)
    filled(visitor).send()
    filed(stage)
    stage.fault_on_start("status", status=500)  # worth a line of the worker's, too
    stage.worker(LOG_LEVEL="INFO")
    stage.drain()
    assert stage.judge().harm == UNHARMED


@pytest.mark.faults
@pytest.mark.timed
def test_d10_a_used_up_pool_is_503_within_seconds_and_no_hang(app, sign_in):
    visitors = [sign_in("admin") for _request in range(3)]
    with app.app_context():
        pool = db.engine.pool
        held = [db.engine.connect() for _slow in range(pool.size() + pool._max_overflow)]

    def ask(visitor) -> float:
        began = time.monotonic()
        assert visitor.get("/account", status=503).h1 == "服务暂时不可用"
        return time.monotonic() - began

    with ThreadPoolExecutor(len(visitors)) as hands:
        seconds = list(hands.map(ask, visitors))
    for connection in held:
        connection.close()
    assert max(seconds) <= 8, seconds
    visitors[0].get("/account")
