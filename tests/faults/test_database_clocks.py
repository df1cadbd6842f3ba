"""The database's clock, by which all is due and leased, jumps in the middle of work (T5)."""

from __future__ import annotations

import shutil

import pytest

from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import Heartbeat
from tests.faults.databases import fresh
from tests.faults.goals import IS_LONG
from tests.faults.judge import UNHARMED
from tests.faults.processes import wait_until
from tests.faults.test_clocks import DAY, HOUR, LIBRARY, SECONDS, step, under
from tests.servers_mariadb import MariadbServer
from tests.servers_postgresql import PostgresqlServer


class SteppedPostgresql(PostgresqlServer):
    """A server whose clock can be set."""

    def as_its_user(self) -> dict:
        return stepped(self, super().as_its_user())


class SteppedMariadb(MariadbServer):
    """A server whose clock can be set."""

    def as_its_user(self) -> dict:
        return stepped(self, super().as_its_user())


def stepped(server, options: dict) -> dict:
    """The library and the file where the server's own user may read them."""
    library, offsets = server.folder / "libfaketime.so.1", server.folder / "clock"
    if not offsets.exists():
        shutil.copy(LIBRARY, library)
        library.chmod(0o755)
        step(offsets, 0)
    options["env"] |= under(offsets) | {"LD_PRELOAD": str(library)}
    return options


def set_clock(stage, seconds: int) -> None:
    """Of the database."""
    step(stage.database.server.folder / "clock", seconds)


@pytest.fixture(scope="module")
def stepped_postgresql():
    server = SteppedPostgresql()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def stepped_mariadb():
    server = SteppedMariadb()
    yield server
    server.stop()


@pytest.fixture
def database(request, tmp_path_factory):
    server = request.getfixturevalue(f"stepped_{request.param}")
    step(server.folder / "clock", 0)
    return fresh(server, tmp_path_factory.getbasetemp())


PATIENT = {"HTTP_TIMEOUT": "3", "SETTLE_SECONDS": "4", "LEASE_SECONDS": "25"}
ON_STEPPED = pytest.mark.parametrize("database", ["postgresql", "mariadb"], indirect=True)


def jumped(stage, seconds: int) -> None:
    """It jumps while starts are on the wire of one node; another one looks on."""
    stage.warm()
    slow = stage.fault_on_start("delay", times=4, seconds=2.4)
    stage.worker(**PATIENT)
    stage.file(4)
    wait_until(lambda: stage.hits(slow) >= 2, "starts are on the wire")
    set_clock(stage, seconds)
    stage.worker(**PATIENT)
    wait_until(lambda: stage.hits(slow) == 4, "all were sent", 10)
    stage.drain()


@pytest.mark.sabotage
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_without_patience_a_jump_ahead_makes_second_cards(stage):
    stage.rule = "patience"
    jumped(stage, HOUR)
    assert stage.judge().duplicated >= 1


@pytest.mark.faults
@pytest.mark.timed
@ON_STEPPED
@pytest.mark.parametrize("seconds", [HOUR, DAY] if IS_LONG else [HOUR])
def test_t5_a_jump_ahead_ends_leases_early_and_sends_nothing_twice(stage, seconds):
    jumped(stage, seconds)
    assert stage.judge().harm == UNHARMED
    assert len(stage.starts()) == 4


@pytest.mark.faults
@pytest.mark.timed
@ON_STEPPED
def test_t5_a_jump_back_keeps_what_is_new_going(stage):
    stage.warm()
    stage.worker()
    stage.file()
    wait_until(stage.is_drained, "the first is sent")
    set_clock(stage, -HOUR)
    stage.file()
    wait_until(lambda: len(stage.starts()) == 2, "the next is sent in time", SECONDS)
    wait_until(lambda: age_of_the_tick(stage) < SECONDS, "the clock is seen to tick", SECONDS)
    stage.drain()
    assert stage.judge().harm == UNHARMED


def age_of_the_tick(stage) -> float:
    """Seconds since it said so last, either way: one of the future would hide a dead clock."""
    with stage.world.app.app_context():
        db.session().read_only()
        now = database_now(db.session)
        return abs((now - db.session.get_one(Heartbeat, "deliver").at).total_seconds())
