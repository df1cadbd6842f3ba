"""中止: before it begins, between two statements, in the middle of one."""

from __future__ import annotations

import threading
import time

import pytest

from portal import runner
from portal.domain import running
from portal.domain.errors import RuleError
from tests.execution.conftest import Works

UPDATE = "UPDATE stock SET n = n + 1 WHERE id = 1"
UNTOUCHED = {1: 10, 2: 20, 3: 30}
# A statement that takes long on each server, and changes a row.
LONG = {
    "postgresql": "UPDATE stock SET n = 99 WHERE id = 2 AND pg_sleep(30) IS NOT NULL",
    "mysql": "UPDATE stock SET n = 99 WHERE id = 2 AND SLEEP(30) = 0",
    "sqlite": "UPDATE stock SET n = 99 WHERE id = 2 AND (WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL"
    " SELECT x + 1 FROM c WHERE x < 900000000) SELECT count(x) FROM c) > 0",
}


def abort(works: Works, ticket_id: int, username: str = "operator") -> bool:
    with works.world.ticket(ticket_id) as ticket:
        return running.abort(ticket, works.world.member(username))


def test_what_has_not_begun_never_begins(works):
    ticket_id = works.ready(UPDATE)
    works.press(ticket_id)
    assert abort(works, ticket_id)
    works.tick()
    story = works.story(ticket_id)
    assert (story["status"], story["run"]) == ("wait_for_execution", "returned")
    assert "没有执行任何语句" in story["notice"]
    assert works.stock() == UNTOUCHED
    works.press(ticket_id)  # one click begins it anew
    works.tick()
    assert works.story(ticket_id)["status"] == "finished"


def test_the_statement_at_hand_is_stopped_by_the_server(works):
    ticket_id = works.ready(f"{UPDATE};\n{LONG[works.server.db_type]};\n{UPDATE}")
    works.press(ticket_id)
    thread = threading.Thread(target=works.tick)
    thread.start()
    wait_for_statement(works, ticket_id, 2)
    began = time.monotonic()
    assert not abort(works, ticket_id, "boss")
    thread.join(20)
    assert not thread.is_alive()
    assert time.monotonic() - began < 10
    story = works.story(ticket_id)
    assert (story["status"], story["run"]) == ("exec_failed", "failed")
    assert [state for _n, state, _rows in story["statements"]] == ["rolled_back", "failed"]
    assert "中止" in story["problem"]
    assert works.stock() == UNTOUCHED
    with pytest.raises(RuleError):
        abort(works, ticket_id)


def wait_for_statement(works: Works, ticket_id: int, position: int) -> None:
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        statements = works.story(ticket_id)["statements"]
        if statements and statements[-1][:2] == (position, "started"):
            return
        time.sleep(0.05)
    raise AssertionError(f"statement {position} has not begun")


def stopped_in(works: Works, sql: str, position: int) -> dict:
    """The process is told to stop while this statement runs."""
    stopping = threading.Event()
    ticket_id = works.ready(sql)
    works.press(ticket_id)

    def work():
        with works.world.app.app_context():
            runner.run_next(stopping.is_set)

    thread = threading.Thread(target=work)
    thread.start()
    wait_for_statement(works, ticket_id, position)
    stopping.set()
    thread.join(20)
    assert not thread.is_alive()
    return works.story(ticket_id)


def test_a_stop_of_the_process_takes_the_transaction_back_and_asks_again(works, monkeypatch):
    sql = f"{UPDATE};\n{LONG[works.server.db_type]};\n{UPDATE}"
    monkeypatch.setattr(runner, "PATIENCE_SECONDS", 0.3)
    story = stopped_in(works, sql, 2)
    assert (story["status"], story["run"]) == ("wait_for_execution", "returned")
    assert story["notice"] == "门户停止运行：已做的改动全部回滚，工单恢复为待上线。"
    assert works.stock() == UNTOUCHED


def test_a_stop_lets_the_last_statement_come_to_its_end(works, monkeypatch):
    short = {
        "postgresql": "UPDATE stock SET n = 99 WHERE id = 2 AND pg_sleep(1) IS NOT NULL",
        "mysql": "UPDATE stock SET n = 99 WHERE id = 2 AND SLEEP(1) = 0",
        "sqlite": LONG["sqlite"].replace("900000000", "4000000"),
    }[works.server.db_type]
    monkeypatch.setattr(runner, "PATIENCE_SECONDS", 15.0)
    story = stopped_in(works, f"{UPDATE};\n{short}", 2)
    assert (story["status"], story["run"]) == ("finished", "finished")
    assert works.stock() == {1: 11, 2: 99, 3: 30}


@pytest.mark.parametrize("username", ["creator", "lead"])
def test_others_cannot_stop_it(works, username):
    ticket_id = works.ready(UPDATE)
    works.press(ticket_id)
    with pytest.raises(RuleError):
        abort(works, ticket_id, username)
