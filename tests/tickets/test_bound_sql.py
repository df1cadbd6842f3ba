"""Each step is bound to the SQL that it asks about (DESIGN §5, 11)."""

import hashlib

from sqlalchemy import select

from portal.domain import filing, tickets
from portal.extensions import db
from portal.models import Ticket, TicketStep


def digests(shop, revision: int) -> set[str]:
    with shop.app.app_context():
        query = select(TicketStep.sql_digest).filter_by(revision=revision)
        return set(db.session.scalars(query))


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_every_step_has_the_digest_of_all_tasks_in_order(shop):
    shop.add_sources(归档库="mysql")
    shop.file("SELECT 1", more={"归档库": "SELECT '二'"})
    expected = sha("\n".join((sha("SELECT 1"), sha("SELECT '二'"))))
    assert digests(shop, 1) == {expected}
    with shop.app.app_context():
        ticket = db.session.scalars(select(Ticket)).one()
        assert filing.bound_digest(ticket.tasks) == expected


def test_edited_sql_of_any_task_binds_the_fresh_steps_anew(shop):
    shop.add_sources(归档库="mysql")
    shop.file("SELECT 1", more={"归档库": "SELECT 2"})
    shop.bring_to(1, "rejected")
    before = digests(shop, 1)

    def edit(ticket):
        tickets.resubmit(ticket, shop.member("creator"), "a", "", ["SELECT 1", "SELECT 3"])

    shop.change(1, edit)
    assert len(digests(shop, 2)) == 1
    assert digests(shop, 2) != before
    assert digests(shop, 1) == before, "what was asked before stays as it was asked"


def test_the_order_of_the_sql_counts(shop):
    shop.add_sources(归档库="mysql")
    for first, second in (("SELECT 1", "SELECT 2"), ("SELECT 2", "SELECT 1")):
        shop.file(first, more={"归档库": second})
    assert len(digests(shop, 1)) == 2
