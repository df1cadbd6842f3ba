"""C13: a double click, or two tabs, on submit, decide, execute and the test button: one effect."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from portal.domain import filing, moves, presses, tickets
from portal.extensions import db
from portal.models import Delivery, OperationRecord, PortalSetting, ProviderSetting, Ticket
from tests.faults.clicking import Site, click_twice, served
from tests.faults.conftest import ON_BOTH, ON_SERVERS, SERVERS
from tests.faults.goals import IS_LONG
from tests.faults.processes import wait_until

ROUNDS = 500 if IS_LONG else 30
PRESSES = 500 if IS_LONG else 10
DATABASES = ("sqlite", *SERVERS) if IS_LONG else ("sqlite",)
TICKETS = "/projects/pay/tickets"
CARDS = "/settings/integrations"


@pytest.fixture
def environment(environment, tmp_path) -> dict[str, str]:
    return environment | {"SQLITE_DIR": str(tmp_path / "targets"), "SECURE_COOKIES": "0"}


def file_all(site: Site) -> None:
    """Both posts lead to the one ticket that was filed."""
    creator, places = site.enter("creator"), set()
    for number in range(ROUNDS):
        answers = click_twice(
            creator, f"{TICKETS}/new", f"{TICKETS}/new",
            subject=f"第 {number} 张", datasource=str(site.source_id),
            sql=f"INSERT INTO done (number) VALUES ({number})",
        )  # fmt: skip
        assert [one.status_code for one in answers] == [302, 302], answers[0].text
        (place,) = {one.headers["Location"] for one in answers}
        places.add(place)
    assert len(places) == ROUNDS
    with site.world.rules():
        starts = db.select(db.func.count(Delivery.id)).filter_by(action="start")
        assert db.session.scalar(db.select(db.func.count(Ticket.id))) == ROUNDS
        assert db.session.scalar(starts) == len(site.world.platforms) * ROUNDS
    filed = site.records("ticket_submitted")
    assert (len(filed), filed.total()) == (ROUNDS, ROUNDS)


def decide_all(site: Site) -> None:
    """The first post decides, the second is told who has."""
    lead = site.enter("lead")
    for number in range(1, ROUNDS + 1):
        page = f"{TICKETS}/{number}"
        answers = click_twice(lead, page, f"{page}/approve", reason="好")
        assert [one.status_code for one in answers] == [302, 302], answers[0].text
    decided = site.records("step_approved")
    assert (len(decided), decided.total()) == (ROUNDS, ROUNDS)
    assert site.records("decision_late") == decided


def execute_all(site: Site) -> None:
    """Each ticket's SQL ran once."""
    operator = site.enter("operator")
    for number in range(1, ROUNDS + 1):
        page = f"{TICKETS}/{number}"
        answers = click_twice(operator, page, f"{page}/execute")
        assert [one.status_code for one in answers] == [302, 302], answers[0].text
    started = site.records("run_started")
    assert (len(started), started.total()) == (ROUNDS, ROUNDS)


@pytest.mark.faults
@ON_BOTH
@pytest.mark.parametrize("database", DATABASES, indirect=True)
def test_what_is_pressed_twice_is_done_once(stage, tmp_path):
    """Filed, agreed, put online: every button of every ticket is pressed twice."""
    with served(stage, tmp_path) as site:
        file_all(site)
        decide_all(site)
        execute_all(site)
        stage.worker()
        wait_until(lambda: site.records("run_finished").total() == ROUNDS, "all ran", 30 + ROUNDS)
        assert site.ran() == dict.fromkeys(range(ROUNDS), 1)
        print(f"{3 * ROUNDS} pairs of posts to two processes, {ROUNDS} tickets filed and run")


@pytest.mark.faults
@ON_SERVERS
def test_a_form_posted_twice_takes_one_number(stage, monkeypatch):
    """Both have looked for the ticket of this form before either has filed it."""
    look, both_have_looked, hand = filing.by_nonce, threading.Barrier(2, timeout=10), Counter()

    def look_together(creator, nonce):
        found = look(creator, nonce)
        hand[threading.get_ident()] += 1
        if hand[threading.get_ident()] == 1:
            both_have_looked.wait()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(filing, "by_nonce", look_together)
        with ThreadPoolExecutor(2) as hands:
            filed = list(hands.map(lambda _post: stage.world.file(nonce="twice"), range(2)))
    assert filed[0] == filed[1]
    stage.file()
    with stage.world.rules():
        numbers = db.session.scalars(db.select(Ticket.number).order_by(Ticket.id)).all()
    assert numbers == [1, 2]


@pytest.mark.faults
def test_the_test_button_pressed_twice_changes_nothing(stage, tmp_path):
    """Each press is counted and recorded; neither saves anything, nor leaves anything there."""
    templates = stage.sandbox.control("templates")["templates"]
    with served(stage, tmp_path) as site:
        boss, before, statuses = site.enter("boss"), _settings(site), Counter()
        for _pair in range(PRESSES):
            answers = click_twice(
                boss, CARDS, f"{CARDS}/dingtalk", f"{CARDS}/dingtalk/test", phone="13900000002"
            )
            statuses += Counter(one.status_code for one in answers)
            _forget_presses(site)
        assert statuses == {200: 2 * PRESSES}
        assert site.records("provider_tested").total() == 2 * PRESSES
        assert _settings(site) == before
    assert stage.sandbox.control("templates")["templates"] == templates
    assert stage.sandbox.cards() == []


def _settings(site: Site) -> list[tuple]:
    with site.world.rules():
        query = db.select(
            ProviderSetting.provider, ProviderSetting.is_enabled, ProviderSetting.app_key,
            ProviderSetting.app_secret_encrypted, ProviderSetting.template_code,
        )  # fmt: skip
        return [tuple(row) for row in db.session.execute(query)]


def _forget_presses(site: Site) -> None:
    """Ten a minute are allowed, and a person may press more than that in this test."""
    with site.world.rules():
        counted = PortalSetting.key.startswith("presses:")
        found = db.session.scalars(db.select(PortalSetting).where(counted)).all()
        assert len(found) == 1
        assert len(found[0].value.split(",")) == 2 <= presses.LIMIT
        db.session.delete(found[0])


@pytest.mark.sabotage
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_without_the_conditional_update_a_double_click_decides_twice(stage, monkeypatch):
    """R11: what moves a ticket counts the rows that it has changed."""

    def move(ticket, step, status, position, revision=None):
        ticket.status, ticket.position = status, position
        return True

    monkeypatch.setattr(moves, "move", move)
    (ticket_id,) = stage.file()
    have_read, taken = threading.Barrier(2, timeout=10), []

    def click() -> None:
        with stage.world.ticket(ticket_id) as ticket:
            step = stage.world.step(ticket, 1)
            owner = stage.world.member("owner")
            have_read.wait()
            taken.append(tickets.decide(step, owner, False, "不行"))

    tabs = [threading.Thread(target=click) for _tab in range(2)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join(15)
    assert taken == [True, True]
    with stage.world.rules():
        records = db.select(db.func.count(OperationRecord.id)).filter_by(action="step_rejected")
        assert db.session.scalar(records) == 2
