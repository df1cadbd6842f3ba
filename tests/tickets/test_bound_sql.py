"""Each step is bound to the SQL that it asks about (DESIGN §5, 11)."""

from sqlalchemy import select

from portal.domain import filing, tickets
from portal.extensions import db
from portal.models import Ticket, TicketStep


def digests(shop, revision: int) -> set[str]:
    with shop.app.app_context():
        query = select(TicketStep.sql_digest).filter_by(revision=revision)
        return set(db.session.scalars(query))


def test_every_step_is_bound_to_all_tasks_and_their_places(shop):
    shop.add_sources(归档库="mysql")
    shop.file("SELECT 1", more={"归档库": "SELECT '二'"})
    with shop.app.app_context():
        ticket = db.session.scalars(select(Ticket)).one()
        parts = [(one.datasource, one.schema, one.sql_digest) for one in ticket.tasks]
        assert len(parts) == 2
        found = filing.bound(parts)
        assert found == filing.bound(parts[::-1])
        (first, _schema, digest), second = parts
        assert filing.bound([(first, "other", digest), second]) != found
        for name, value in (("host", "10.9.9.9"), ("port", 3307), ("database", "elsewhere")):
            with db.session.no_autoflush:
                kept = getattr(first, name)
                setattr(first, name, value)
                assert filing.bound(parts) != found
                setattr(first, name, kept)
        assert filing.bound(parts) == found
        db.session.rollback()
    assert digests(shop, 1) == {found}


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
