"""kill -9 in every window of a run, on three databases: never a second run (E1-E4, E7)."""

from __future__ import annotations

import contextlib
import os
import signal
import threading

import pytest

from portal.domain.errors import RuleError
from portal.extensions import db
from portal.models import ExecutionRun, RunState
from tests.execution.conftest import (
    Works,
    database_server,
    mariadb_server,
    postgresql_server,
    sqlite_server,
)
from tests.execution.test_aborting import wait_for_statement
from tests.faults.conftest import Stage
from tests.faults.processes import Forker, is_dead, wait_until

__all__ = ["database_server", "mariadb_server", "postgresql_server", "sqlite_server"]

UPDATE = "UPDATE stock SET n = n + 1 WHERE id = {}"
UNTOUCHED = {1: 10, 2: 20, 3: 30}
# Where such a statement stands, nothing of the text can be one transaction.
BY_ITSELF = {
    "postgresql": "CREATE INDEX CONCURRENTLY by_n ON stock (n)",
    "mysql": "CREATE INDEX by_n ON stock (n)",
    "sqlite": "PRAGMA user_version = 7",
}
# 4.5 seconds for three rows: a fresh process is to see it at work, on a busy machine, too.
SLOW = {
    "postgresql": "UPDATE stock SET n = n + 1 WHERE pg_sleep(1.5) IS NOT NULL",
    "mysql": "UPDATE stock SET n = n + 1 WHERE SLEEP(1.5) = 0",
    "sqlite": "UPDATE stock SET n = n + 1 WHERE (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL"
    " SELECT x + 1 FROM c WHERE x < 9000000) SELECT count(x) FROM c) > 0",
}


@pytest.fixture(scope="module")
def crashing():
    forker = Forker("tests.faults.crashing")
    yield forker
    forker.end()


@pytest.fixture
def environment(environment, database_server):
    own = {"ALLOW_LOOPBACK": "1", "SQLITE_DIR": str(database_server.folder), "LOCK_SECONDS": "5"}
    return environment | own


class Plant(Works):
    """Works whose clock ticks in processes of their own."""

    def __init__(self, stage: Stage, crashing: Forker, server):
        super().__init__(stage.world, server)
        self._stage, self._crashing = stage, crashing

    def worker(self) -> int:
        """A job process."""
        return self._stage.worker()

    def crash(self, point: str) -> None:
        """A job process that takes up the run and dies there."""
        stage = self._stage
        pid = self._crashing.start(stage.environment, stage._log, point)
        wait_until(lambda: is_dead(pid), f"it dies {point}")

    def forget(self) -> None:
        """The lease of whoever held a run is over."""
        self.world.pass_time(20)

    def end(self, ticket_id: int) -> dict:
        """Let a fresh process find out what became of it."""
        self.forget()
        self.worker()
        live = {"queued", "running", "orphaned"}
        wait_until(lambda: self.story(ticket_id)["run"] not in live, "the run has ended", 30)
        return self.story(ticket_id)


@pytest.fixture
def plant(stage, crashing, database_server):
    yield Plant(stage, crashing, database_server)
    crashing.end_all()


@pytest.mark.faults
@pytest.mark.parametrize("point", ["at claim", "at connect"])
def test_e1_killed_before_anything_was_sent_it_waits_for_one_more_click(plant, point):
    ticket_id = plant.ready(UPDATE.format(1))
    plant.press(ticket_id)
    plant.crash(point)
    story = plant.end(ticket_id)
    assert (story["status"], story["run"]) == ("wait_for_execution", "returned")
    assert "没有执行任何语句" in story["notice"]
    assert plant.stock() == UNTOUCHED
    plant.press(ticket_id)
    wait_until(lambda: plant.story(ticket_id)["status"] == "finished", "it runs on a click")
    assert plant.stock()[1] == 11


def killed_in_a_statement(plant: Plant, *before: str) -> int:
    """E2: kill -9 of the process while the server works on the last statement."""
    statements = [*before, SLOW[plant.server.db_type]]
    ticket_id = plant.ready(";\n".join(statements))
    pid = plant.worker()
    plant.press(ticket_id)
    wait_for_statement(plant, ticket_id, len(statements))
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_dead(pid), "it is dead")
    return ticket_id


@pytest.mark.faults
def test_e2_killed_in_a_long_statement_of_a_transaction(plant):
    ticket_id = killed_in_a_statement(plant, UPDATE.format(1))
    plant.forget()
    plant.worker()
    if plant.server.db_type != "sqlite":  # the server works on, and the page says so
        wait_until(lambda: "仍在运行" in (plant.story(ticket_id)["problem"] or ""), "it is seen")
        assert plant.story(ticket_id)["status"] == "executing"
    story = plant.end(ticket_id)
    assert story["status"] == "exec_failed"
    assert plant.stock() == UNTOUCHED
    states = {state for _n, state, _rows in story["statements"]}
    if plant.server.db_type == "mysql":  # nobody can ask it what became of a transaction
        assert (story["run"], states) == ("unknown", {"unknown"})
    else:
        assert (story["run"], states) == ("failed", {"rolled_back"})


@pytest.mark.faults
def test_e2_killed_in_a_long_statement_by_itself(plant):
    ticket_id = killed_in_a_statement(plant, BY_ITSELF[plant.server.db_type])
    story = plant.end(ticket_id)
    assert (story["status"], story["run"]) == ("exec_failed", "unknown")
    assert [state for _n, state, _rows in story["statements"]] == ["done", "unknown"]
    assert "第 2 条语句是否已经执行无法得知" in story["problem"]
    # Once at most, whatever the server made of it.
    if plant.server.db_type == "mysql":
        assert plant.stock() == {1: 11, 2: 21, 3: 31}
    else:
        assert plant.stock() in (UNTOUCHED, {1: 11, 2: 21, 3: 31})


@pytest.mark.faults
def test_e3_killed_between_two_statements_all_before_are_known(plant):
    texts = [BY_ITSELF[plant.server.db_type], *(UPDATE.format(1) for _number in range(7))]
    ticket_id = plant.ready(";\n".join(texts))
    plant.press(ticket_id)
    plant.crash("at statement 4")
    story = plant.end(ticket_id)
    assert (story["status"], story["run"]) == ("exec_failed", "unknown")
    assert [state for _n, state, _rows in story["statements"]] == ["done"] * 3 + ["unknown"]
    assert "第 4 条" in story["problem"]
    assert plant.stock()[1] == 12


@pytest.mark.faults
def test_e4_killed_after_the_commit_there_before_the_record_here(plant):
    ticket_id = plant.ready(f"{UPDATE.format(1)};\n{UPDATE.format(2)}")
    plant.press(ticket_id)
    plant.crash("after commit")
    story = plant.end(ticket_id)
    assert plant.stock() == {1: 11, 2: 21, 3: 30}
    states = {state for _n, state, _rows in story["statements"]}
    if plant.server.db_type == "postgresql":  # found by the transaction's id
        assert (story["status"], story["run"], states) == ("finished", "finished", {"done"})
    else:
        assert (story["status"], story["run"], states) == ("exec_failed", "unknown", {"unknown"})


@pytest.mark.sabotage
@pytest.mark.parametrize("database_server", ["sqlite"], indirect=True)
def test_a_machine_that_tries_again_runs_it_twice(plant, stage):
    ticket_id = plant.ready(UPDATE.format(1))
    plant.press(ticket_id)
    plant.crash("after commit")
    stage.rule = "hands off"
    plant.end(ticket_id)
    assert plant.stock()[1] == 12


TICKETS = 25


def statuses(plant: Plant, ids: list[int]) -> list[str]:
    return [plant.story(one)["status"] for one in ids]


@pytest.mark.faults
def test_e7_two_nodes_and_double_clicks_run_each_ticket_once(plant):
    ids = [plant.ready(UPDATE.format(1)) for _number in range(TICKETS)]
    for _node in range(2):
        plant.worker()
    won = []

    def click(ticket_id: int) -> None:
        with contextlib.suppress(RuleError):
            plant.press(ticket_id)
            won.append(ticket_id)

    for ticket_id in ids:
        clicks = [threading.Thread(target=click, args=(ticket_id,)) for _hand in range(2)]
        for thread in clicks:
            thread.start()
        for thread in clicks:
            thread.join()
    assert sorted(won) == ids
    wait_until(lambda: "executing" not in statuses(plant, ids), "all have ended", 90)
    assert statuses(plant, ids) == ["finished"] * TICKETS
    assert plant.stock()[1] == 10 + TICKETS
    with plant.world.rules():
        runs = db.session.scalars(db.select(ExecutionRun)).all()
        assert [run.state for run in runs] == [RunState.FINISHED] * TICKETS
