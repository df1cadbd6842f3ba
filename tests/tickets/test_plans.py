"""Lists stay quick with many tickets: SQLite finds their rows by an index, never by a scan."""

import pytest
from sqlalchemy import event

from portal.domain import ticket_lists
from portal.domain.ticket_lists import Filters
from portal.extensions import db
from portal.models import TicketStatus

LISTS = {
    "all": lambda shop: ticket_lists.of_project(shop.project(), Filters()),
    "a state": lambda shop: ticket_lists.of_project(
        shop.project(), Filters(statuses=(TicketStatus.FINISHED,))
    ),
    "an assignee": lambda shop: ticket_lists.of_project(shop.project(), Filters(assignee="lead")),
    "counts": lambda shop: ticket_lists.counts(shop.project()),
    "waiting for a member": lambda shop: ticket_lists.waiting_for(shop.member("lead")),
    "waiting for an admin": lambda shop: ticket_lists.waiting_for(shop.member("boss")),
    "filed by a member": lambda shop: ticket_lists.submitted_by(shop.member("creator")),
}


@pytest.mark.parametrize("name", LISTS)
def test_no_list_scans_the_tickets(shop, name):
    shop.file()
    with shop.app.app_context():
        seen = []

        def note(_connection, _cursor, statement, parameters, *_rest):
            seen.append((statement, parameters))

        event.listen(db.engine, "before_cursor_execute", note)
        LISTS[name](shop)
        event.remove(db.engine, "before_cursor_execute", note)
        about_tickets = [one for one in seen if "FROM ticket" in one[0]]
        assert about_tickets
        for statement, parameters in about_tickets:
            rows = db.session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", parameters
            )
            plan = [row[3] for row in rows]
            assert not [step for step in plan if step.startswith("SCAN ticket")], plan
