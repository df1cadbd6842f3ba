"""What runs, in which order, and what is recorded of it: the same stories on three databases."""

from __future__ import annotations

import pytest

from portal.domain import running
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.models import ExecutionRun

UPDATE = "UPDATE stock SET n = n + 1 WHERE id = {}"
UNTOUCHED = {1: 10, 2: 20, 3: 30}


def test_an_agreed_ticket_runs_and_says_what_it_changed(works):
    ticket_id = works.execute(
        "UPDATE stock SET n = n + 1 WHERE id < 3;\nDELETE FROM stock WHERE id = 3"
    )
    story = works.story(ticket_id)
    assert (story["status"], story["run"]) == ("finished", "finished")
    assert story["statements"] == [(1, "done", 2), (2, "done", 1)]
    assert works.stock() == {1: 11, 2: 21}


def test_it_stops_at_the_first_error_and_takes_back_the_transaction(works):
    ticket_id = works.execute(
        f"{UPDATE.format(1)};\nUPDATE nowhere SET n = 1 WHERE id = 1;\n{UPDATE.format(2)}"
    )
    story = works.story(ticket_id)
    assert (story["status"], story["run"]) == ("exec_failed", "failed")
    assert [state for _n, state, _rows in story["statements"]] == ["rolled_back", "failed"]
    assert "第 2 条语句" in story["problem"]
    assert "nowhere" in story["problem"]
    assert works.stock() == UNTOUCHED


def test_ddl_takes_part_in_the_transaction_where_the_server_lets_it(works, server):
    ticket_id = works.execute(
        "CREATE TABLE extra (id INTEGER PRIMARY KEY);\nUPDATE nowhere SET n = 1 WHERE id = 1"
    )
    first = works.story(ticket_id)["statements"][0]
    if server.db_type == "mysql":  # its DDL commits by itself: what is done is done, and said so
        assert first[1] == "done"
        works.query("SELECT id FROM extra")
    else:
        assert first[1] == "rolled_back"
        works.query("CREATE TABLE extra (id INTEGER)")


def test_several_data_sources_run_in_order_each_with_its_own_sql(works):
    other = works.server.new_database()
    works.query("CREATE TABLE notes (id INTEGER PRIMARY KEY)", other)
    source_id = works.add_source("另一个库", other)
    ticket_id = works.execute(UPDATE.format(1), (source_id, "INSERT INTO notes (id) VALUES (7)"))
    story = works.story(ticket_id)
    assert (story["status"], story["tasks"]) == ("finished", ["finished", "finished"])
    assert works.query("SELECT id FROM notes", other) == [(7,)]
    assert works.stock()[1] == 11


def test_after_a_failed_data_source_the_others_are_not_run(works):
    other = works.server.new_database()
    source_id = works.add_source("另一个库", other)
    ticket_id = works.execute("DELETE FROM nowhere WHERE id = 1", (source_id, "SELECT 1"))
    story = works.story(ticket_id)
    assert story["status"] == "exec_failed"
    assert story["tasks"] == ["exec_failed", "canceled"]
    assert story["problem"].startswith("目标库：")


def test_text_is_sent_byte_for_byte(works):
    odd = "100% 「引号」 ? :name $1 {x} \\ ''; -- no comment"
    works.query("CREATE TABLE words (id INTEGER PRIMARY KEY, t VARCHAR(200))")
    escaped = odd.replace("\\", "\\\\") if works.server.db_type == "mysql" else odd
    ticket_id = works.execute(f"INSERT INTO words (id, t) VALUES (1, '{escaped}')")
    assert works.story(ticket_id)["status"] == "finished"
    assert works.query("SELECT t FROM words") == [(odd.replace("''", "'"),)]


def test_a_select_is_read_and_counted(works):
    ticket_id = works.execute("SELECT id FROM stock")
    assert works.story(ticket_id)["statements"] == [(1, "done", 3)]


def test_a_ticket_runs_once_however_often_it_is_pressed(works):
    ticket_id = works.ready(UPDATE.format(1))
    works.press(ticket_id)
    with pytest.raises(RuleError), works.world.ticket(ticket_id) as ticket:
        running.execute(ticket, works.world.member("operator"))
    for _tick in range(3):
        works.tick()
    assert works.stock()[1] == 11
    with works.world.rules():
        assert db.session.scalar(db.select(db.func.count(ExecutionRun.id))) == 1


def test_only_the_people_of_the_execute_step_may_run_it(works):
    ticket_id = works.ready(UPDATE.format(1))
    for username in ("creator", "lead", "boss"):
        with pytest.raises(RuleError), works.world.ticket(ticket_id) as ticket:
            running.execute(ticket, works.world.member(username))
    works.tick()
    assert works.stock() == UNTOUCHED


def test_nothing_runs_before_its_time(works):
    """Neither a ticket in its audit, nor one that was refused or closed."""
    ticket_id = works.file(UPDATE.format(1))
    with pytest.raises(RuleError):
        works.press(ticket_id)
    works.tick()
    assert works.stock() == UNTOUCHED
