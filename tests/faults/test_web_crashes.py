"""kill -9 of the web process around the commit of a new ticket (P1, P2), and a lost COMMIT (D6)."""

from __future__ import annotations

import threading
import time

import pytest

from portal.extensions import db
from portal.models import Delivery, DeliveryAction, Ticket
from tests.faults.conftest import ON_DATABASES, ON_SERVERS
from tests.faults.judge import UNHARMED
from tests.faults.processes import wait_until
from tests.faults.serving import LIST, attempt, filled, web
from tests.servers_proxy import Proxy

__all__ = ["web"]

# What a delivery's insert waits for. SQLite has no sleep: it counts, for minutes.
SLEEPING = {
    "sqlite": [
        "CREATE TRIGGER held BEFORE INSERT ON delivery BEGIN SELECT count(*) FROM"
        " sqlite_master a, sqlite_master b, sqlite_master c, sqlite_master d, sqlite_master e; END"
    ],
    "postgresql": [
        "CREATE FUNCTION held() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_sleep(4); RETURN NEW; END $$",
        "CREATE TRIGGER held BEFORE INSERT ON delivery FOR EACH ROW EXECUTE FUNCTION held()",
    ],
    "mysql": ["CREATE TRIGGER held BEFORE INSERT ON delivery FOR EACH ROW DO SLEEP(4)"],
}
AWAKE = {"postgresql": "DROP TRIGGER held ON delivery"}


def execute(stage, statements: list[str]) -> None:
    with stage.world.app.app_context():
        for statement in statements:
            db.session.execute(db.text(statement.replace(":", r"\:")))
        db.session.commit()


def filed(stage) -> tuple[int, int]:
    """How many tickets there are, and deliveries of their cards."""
    with stage.world.app.app_context():
        db.session().read_only()
        tickets = db.session.scalars(db.select(Ticket.id)).all()
        stage.tickets = list(tickets)
    return len(tickets), stage.count(Delivery.action == DeliveryAction.START)


def deliver_all(stage) -> None:
    stage.worker()
    stage.drain()


def killed_before_the_commit(stage, web) -> None:
    """P1: the ticket is inserted, its delivery's insert sleeps."""
    with stage.world.app.app_context():
        kind = db.engine.dialect.name
    execute(stage, SLEEPING[kind])
    web.start()
    form = filled(web.visitor())
    answers = []
    sender = threading.Thread(target=lambda: answers.append(attempt(form.send)))
    sender.start()
    wait_until(lambda: is_held(stage), "the delivery's insert sleeps")
    web.kill()
    sender.join(10)
    assert answers == [None], "the user was answered"
    wait_until(stage.is_writable, "the server has undone it", 40)
    execute(stage, [AWAKE.get(kind, "DROP TRIGGER held")])
    return form


def is_held(stage) -> bool:
    """Somebody stays in the middle of a writing transaction."""
    for _look in range(3):
        if stage.is_writable():
            return False
        time.sleep(0.1)
    return True


@pytest.mark.faults
@ON_DATABASES
def test_p1_killed_before_the_commit_nothing_is_left_and_the_same_form_files_it(stage, web):
    form = killed_before_the_commit(stage, web)
    assert filed(stage) == (0, 0)
    web.start()
    assert form.send().flashes == [("success", "工单已提交。")]
    assert filed(stage) == (1, 1)
    deliver_all(stage)
    assert stage.judge().harm == UNHARMED
    assert len(stage.sandbox.cards()) == 1


@pytest.mark.sabotage
def test_without_one_commit_a_killed_web_process_loses_the_card(stage, web):
    stage.rule = "common commit"
    killed_before_the_commit(stage, web)
    assert filed(stage) == (1, 0)
    deliver_all(stage)
    assert stage.judge().lost == 1


def killed_after_the_commit(stage, web):
    """P2: the ticket is there, the user's answer is not. The same form, sent once more."""
    web.start()
    with Proxy(web.port) as proxy:
        form = filled(web.visitor(port=proxy.port))
        proxy.lose_answer_to(f"POST {LIST}/new".encode())
        answers = []
        sender = threading.Thread(target=lambda: answers.append(attempt(form.send)))
        sender.start()
        assert proxy.has_lost.wait(10), "the portal has answered"
        web.kill()
        proxy.cut()
        sender.join(10)
        assert answers == [None], "the user was answered"
        assert filed(stage) == (1, 1)
        web.start()
        return form.send(status=200)


@pytest.mark.faults
@ON_DATABASES
def test_p2_killed_after_the_commit_the_same_form_shows_the_ticket(stage, web):
    page = killed_after_the_commit(stage, web)
    assert page.flashes == [("success", "这个表单已经提交过，这是当时创建的工单。")]
    assert page.path == f"{LIST}/1"
    assert filed(stage) == (1, 1)
    deliver_all(stage)
    assert stage.judge().harm == UNHARMED
    assert len(stage.sandbox.cards()) == 1


@pytest.mark.sabotage
def test_without_the_forms_own_number_the_same_form_files_a_second_ticket(stage, web):
    stage.rule = "form number"
    page = killed_after_the_commit(stage, web)
    assert page.path == f"{LIST}/2"
    assert filed(stage) == (2, 2)


@pytest.mark.faults
@ON_SERVERS
def test_d6_a_commit_whose_answer_is_lost_is_looked_up_before_the_user_is_told(stage, web):
    with Proxy(stage.database.server.port) as proxy:
        url = stage.database.url(proxy.port)
        plain = "&ssl_disabled=true" if url.startswith("mysql") else "?sslmode=disable"
        web.start(DATABASE_URL=url + plain)
        form = filled(web.visitor())
        pages = []
        proxy.lose_answer_to(b"COMMIT", after=b"INSERT INTO ticket")
        sender = threading.Thread(target=lambda: pages.append(form.send(status=200)))
        sender.start()
        assert proxy.has_lost.wait(10), "COMMIT was sent"
        proxy.cut()
        sender.join(15)
    assert pages[0].path == f"{LIST}/1"
    assert filed(stage) == (1, 1)
