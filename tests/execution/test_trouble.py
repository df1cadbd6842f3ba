"""What goes wrong on the target: said in its own words, nothing half shown as done (E5-E9)."""

from __future__ import annotations

import hashlib
import threading
import time

import pytest

from portal.domain import running
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.models import DataSource, Flow, OperationRecord, TicketStatement, TicketTask
from tests.execution.conftest import ROWS, TABLE, Works
from tests.execution.test_aborting import LONG, wait_for_statement
from tests.servers_proxy import Proxy

# SQLite has no server, hence no connection; only MySQL lets one statement open a transaction
# behind our back, and cannot tell what became of one.
ON_SERVERS = pytest.mark.parametrize("database_server", ["mariadb", "postgresql"], indirect=True)
ON_MYSQL = pytest.mark.parametrize("database_server", ["mariadb"], indirect=True)
UPDATE = "UPDATE stock SET n = n + 1 WHERE id = 1"
UNTOUCHED = {1: 10, 2: 20, 3: 30}


def change_source(works: Works, **values) -> None:
    with works.world.rules():
        source = db.session.get_one(DataSource, works.source_id)
        for name, value in values.items():
            setattr(source, name, value)


def test_e6_a_lock_wait_ends_and_names_the_blocker(works):
    blocker = works.server.connect(works.database)
    try:
        cursor = blocker.cursor()
        begin = "BEGIN IMMEDIATE" if works.server.db_type == "sqlite" else "BEGIN"
        cursor.execute(begin)
        cursor.execute("UPDATE stock SET n = 0 WHERE id = 1")
        ticket_id = works.execute(UPDATE)
        cursor.execute("ROLLBACK")
    finally:
        blocker.close()
    story = works.story(ticket_id)
    assert (story["status"], story["run"]) == ("exec_failed", "failed")
    assert "等待锁超时" in story["problem"]
    if works.server.db_type != "sqlite":  # SQLite's locks have no names
        assert works.server.username in story["problem"]
    assert works.stock() == UNTOUCHED


def test_e8_a_wrong_password_fails_with_the_servers_sentence_and_no_secret(works):
    if works.server.db_type == "sqlite":
        change_source(works, database="gone.db")
    else:
        box = works.world.app.extensions["secret_box"]
        change_source(works, password_encrypted=box.encrypt("CANARY-wrong-4711"))
    ticket_id = works.execute(UPDATE)
    story = works.story(ticket_id)
    assert (story["status"], story["run"], story["statements"]) == ("exec_failed", "failed", [])
    assert "没有执行任何语句" in story["problem"]
    assert "CANARY" not in story["problem"]
    assert works.stock() == UNTOUCHED


@ON_SERVERS
def test_e8_a_server_that_is_gone_fails_at_once(works):
    change_source(works, port=1)
    ticket_id = works.execute(UPDATE)
    story = works.story(ticket_id)
    assert (story["status"], story["statements"]) == ("exec_failed", [])
    assert "连不上" in story["problem"]


def test_e8_a_read_only_target_changes_nothing(works):
    make_read_only(works)
    ticket_id = works.execute(UPDATE)
    story = works.story(ticket_id)
    assert (story["status"], story["run"]) == ("exec_failed", "failed")
    assert not [one for one in story["statements"] if one[1] == "done"]
    assert works.stock() == UNTOUCHED


def make_read_only(works: Works) -> None:
    if works.server.db_type == "postgresql":
        works.query(f'ALTER DATABASE "{works.database}" SET default_transaction_read_only = on')
    elif works.server.db_type == "mysql":
        works.query("CREATE USER IF NOT EXISTS reader@'%' IDENTIFIED BY 'reader-4711'")
        works.query(f"GRANT SELECT ON `{works.database}`.* TO reader@'%'")
        box = works.world.app.extensions["secret_box"]
        change_source(works, username="reader", password_encrypted=box.encrypt("reader-4711"))
    else:  # as root, no file mode keeps anybody from writing; a trigger does
        works.query(
            "CREATE TRIGGER frozen BEFORE UPDATE ON stock"
            " BEGIN SELECT RAISE(ABORT, 'this table is read-only'); END"
        )


def edit(works: Works, what: str) -> None:
    """As somebody could who writes into the portal's own database."""
    other = "DELETE FROM stock WHERE id > 0"
    with works.world.rules():
        values = {"sql": other}
        if what != "task":
            values["sql_digest"] = hashlib.sha256(other.encode()).hexdigest()
            db.session.execute(db.update(TicketStatement).values(sql=other))
        db.session.execute(db.update(TicketTask).values(**values))


@pytest.mark.parametrize("what", ["task", "everything that one can reach"])
@pytest.mark.parametrize("when", ["before the press", "after it"])
def test_e9_only_the_approved_bytes_run(works, what, when):
    ticket_id = works.ready(UPDATE)
    if when == "before the press":
        edit(works, what)
        with pytest.raises(RuleError, match="与审批时不一致"):
            works.press(ticket_id)
        status = "wait_for_execution"
    else:
        works.press(ticket_id)
        edit(works, what)
        status = "exec_failed"
    works.tick()
    story = works.story(ticket_id)
    assert (story["status"], story["statements"] or []) == (status, [])
    assert works.stock() == UNTOUCHED


def test_e9_a_data_source_that_was_pointed_elsewhere_is_another_question(works):
    """The people of the ticket agreed to this database, not to whatever it is called later."""
    elsewhere = works.server.new_database()
    works.query(TABLE, elsewhere)
    works.query(ROWS, elsewhere)
    ticket_id = works.ready(UPDATE)
    works.press(ticket_id)
    change_source(works, database=works.server.target(elsewhere).database)
    works.tick()
    assert works.story(ticket_id)["status"] == "exec_failed"
    assert works.stock() == dict(works.query("SELECT id, n FROM stock", elsewhere)) == UNTOUCHED


OPENS = {
    "postgresql": ("BEGIN", "SAVEPOINT a"),
    "mysql": ("BEGIN", "SET autocommit=0", "SET @a=1, @b=2, @c=3, @d=4, @e=5, @f=6, autocommit=0"),
    "sqlite": ("BEGIN", "SAVEPOINT a"),
}


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_ticket_cannot_control_the_transaction_whatever_the_rules_say(works, place):
    openings = OPENS[works.server.db_type]
    allow_everything(works)
    ticket_id = works.execute(f"{openings[place % len(openings)]};\n{UPDATE}")
    story = works.story(ticket_id)
    assert (story["status"], story["statements"]) == ("exec_failed", [])
    assert "自行控制事务" in story["problem"]
    assert works.stock() == UNTOUCHED


def allow_everything(works: Works) -> None:
    with works.world.rules():
        db.session.execute(db.update(Flow).values(max_level="error"))


@ON_MYSQL
def test_what_is_not_durable_is_never_called_done(works):
    """MySQL: a procedure, and a prepared statement, that open a transaction behind our back."""
    works.query("CREATE PROCEDURE opens() BEGIN START TRANSACTION; UPDATE stock SET n = 7; END")
    allow_everything(works)
    for sql in ("CALL opens()", "PREPARE s FROM 'SET autocommit=0';\nEXECUTE s"):
        story = works.story(works.execute(f"{sql};\n{UPDATE}"))
        assert story["status"] == "exec_failed"
        assert story["statements"][-1][1] == "failed"
        assert works.stock() == UNTOUCHED


@ON_SERVERS
def test_e5_a_connection_cut_in_the_middle_is_looked_into_and_never_run_again(works):
    with Proxy(works.server.port) as proxy:
        change_source(works, port=proxy.port)
        ticket_id = works.ready(f"{UPDATE};\n{LONG[works.server.db_type].replace('30', '2')}")
        works.press(ticket_id)
        thread = threading.Thread(target=works.tick)
        thread.start()
        wait_for_statement(works, ticket_id, 2)
        proxy.cut()
        thread.join(20)
        story = works.story(ticket_id)
        assert (story["status"], story["run"]) == ("executing", "orphaned")
        story = look_until_it_ends(works, ticket_id)
        sessions = proxy.connections
    assert story["status"] == "exec_failed"
    if works.server.db_type == "postgresql":  # it can tell: the transaction was undone
        assert story["run"] == "failed"
        assert {state for _n, state, _rows in story["statements"]} == {"rolled_back"}
    else:
        assert story["run"] == "unknown"
        assert "第 1 条起" in story["problem"]
    assert works.stock() == UNTOUCHED
    works.tick()
    assert works.story(ticket_id) == story
    assert sessions >= 2  # the run's own, and those that looked


def look_until_it_ends(works: Works, ticket_id: int) -> dict:
    ends = time.monotonic() + 20
    while works.story(ticket_id)["run"] == "orphaned":
        assert time.monotonic() < ends
        works.world.pass_time(30)
        works.tick()
        time.sleep(0.1)
    return works.story(ticket_id)


@ON_MYSQL
def test_an_unknown_statement_is_settled_by_a_person_with_both_names(works):
    with Proxy(works.server.port) as proxy:
        change_source(works, port=proxy.port)
        ticket_id = works.ready(LONG["mysql"].replace("30", "1"))
        works.press(ticket_id)
        thread = threading.Thread(target=works.tick)
        thread.start()
        wait_for_statement(works, ticket_id, 1)
        proxy.cut()
        thread.join(20)
        look_until_it_ends(works, ticket_id)
    with works.world.ticket(ticket_id) as ticket:
        assert running.settle(ticket, works.world.member("boss"), "not_done") == 1
    with works.world.rules():
        record = db.session.scalars(
            db.select(OperationRecord).filter_by(action="run_settled")
        ).one()
        assert record.actor.username == "boss"
        assert record.details["started_by"] == "operator"
    assert works.story(ticket_id)["status"] == "exec_failed"


def test_a_queue_that_nobody_works_on_is_given_up(works):
    ticket_id = works.ready(UPDATE)
    works.press(ticket_id)
    works.world.pass_time(31 * 60)
    works.tick()
    story = works.story(ticket_id)
    assert (story["status"], story["run"]) == ("wait_for_execution", "returned")
    assert "30 分钟" in story["notice"]
    assert works.stock() == UNTOUCHED
