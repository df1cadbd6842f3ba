"""A page asks the database a few times, however many rows there are (reliability.md G21)."""

from __future__ import annotations

import pytest

from tests.load.company import settle_in_more
from tests.load.seed import MIXED, seed
from tests.statements import statements_of
from tests.world import World

pytestmark = pytest.mark.load

FEW, MANY = 50, 5000
PEOPLE = 17
# What is asked for, and by whom: an admin sees all projects, the others their own.
FILTERS = "keyword=支付&status=wait_for_audit&assignee=lead"
PAGES = {
    "ticket list": "/projects/pay/tickets",
    "ticket list, filtered": f"/projects/pay/tickets?{FILTERS}",
    "ticket list, later page": "/projects/pay/tickets?before=30",
    "ticket, closed": "/projects/pay/tickets/1",
    "ticket, waiting with a card": "/projects/pay/tickets/4",
    "problems": "/projects/pay/problems",
    "problems, filtered": "/projects/pay/problems?keyword=a&level=error&push=none&assignee=lead",
    "new ticket": "/projects/pay/tickets/new",
    "dashboard": "/",
    "projects": "/projects",
    "deliveries": "/settings/deliveries",
    "deliveries, failed": "/settings/deliveries?state=failed&provider=dingtalk",
    "records": "/settings/records",
    "records, filtered": "/settings/records?action=step_approved&actor=creator",
}
FOR_ADMINS = "/settings/"


def counts(app, visitors) -> dict[str, int]:
    """Page and visitor → how many statements one view of it takes."""
    found = {}
    for username, visitor in visitors.items():
        for title, path in PAGES.items():
            if path.startswith(FOR_ADMINS) and username != "boss":
                continue
            visitor.get(path)
            with statements_of(app) as statements:
                visitor.get(path)
            found[f"{title}, {username}"] = len(statements)
    return found


def test_no_page_asks_more_often_when_there_are_more_rows(
    app, password_hash, sign_in, figures
):
    world = World(app, None)
    world.settle_in(password_hash)
    with world.rules():
        company = settle_in_more(creators=PEOPLE)
    visitors = {username: sign_in(username) for username in ("boss", "creator", "lead")}
    with world.rules():
        seed(company, 1, FEW, MIXED)
    few = counts(app, visitors)
    with world.rules():
        seed(company, FEW + 1, MANY)
    many = counts(app, visitors)
    for page, number in many.items():
        figures.say(f"SQL statements, {page}", f"{number}", f"{few[page]} with {FEW} tickets")
    grown = {page: (few[page], many[page]) for page in many if many[page] > few[page]}
    assert grown == {}
    most = figures.goal("statements_a_page")
    assert {page: number for page, number in many.items() if number > most} == {}
