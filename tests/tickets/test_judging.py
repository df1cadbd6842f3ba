"""Several data sources judged together stay within the limits of one ticket."""

import time

import pytest
from sqlalchemy import select

from portal.domain import judging, tickets
from portal.domain.errors import RuleError
from portal.domain.judging import Share
from portal.extensions import db
from portal.models import DbType, Ticket
from portal.sqlaudit.limits import SECONDS

# Let in alone, on a slow machine too; ten of them are within the size, but not within the time.
SLOW = "SELECT " + "a + (b * c) - " * 6_000 + "1"


def share(number: int, sql: str, dialect: str = "mysql") -> Share:
    return Share(f"tasks-{number}-", number, dialect, "", sql, (number, ""))


def test_all_of_it_takes_at_most_twice_the_time_of_one(context):
    shares = [share(number, f"{SLOW} + {number}") for number in range(10)]
    begun = time.thread_time()
    with context.test_request_context(), pytest.raises(RuleError) as refused:
        judging.judge(shares, {})
    assert time.thread_time() - begun <= 2 * (SECONDS + 0.5)
    assert refused.value.field.startswith("tasks-")
    assert refused.value.field.endswith("-sql")


@pytest.mark.parametrize(
    ("kind", "schema", "is_refused"),
    [
        (DbType.MYSQL, "", True),
        (DbType.MYSQL, "shop", True),
        (DbType.MYSQL, "other", False),
        (DbType.POSTGRESQL, "shop", False),
    ],
)
def test_one_place_is_filed_once(shop, kind, schema, is_refused):
    """Not only the form says so: the rule itself does."""
    with shop.app.test_request_context():
        source = shop.source("订单库")
        source.db_type, source.database = kind, "shop"
        drafts = [
            tickets.TaskDraft(source, "", "SELECT 1"),
            tickets.TaskDraft(source, schema, "SELECT 2", prefix="tasks-1-"),
        ]
        new = tickets.NewTicket("a", "", "n", drafts)
        if is_refused:
            with pytest.raises(RuleError) as refused:
                tickets.submit(shop.project(), shop.member("creator"), new)
            assert refused.value.field == "tasks-1-datasource"
        else:
            assert len(tickets.submit(shop.project(), shop.member("creator"), new).tasks) == 2
        db.session.rollback()


def test_an_edit_brings_one_sql_a_task(shop):
    shop.file()
    shop.bring_to(1, "rejected")
    with shop.app.test_request_context():
        ticket = db.session.scalars(select(Ticket)).one()
        with pytest.raises(RuleError):
            tickets.resubmit(ticket, shop.member("creator"), "a", "", ["SELECT 1", "SELECT 2"])
        db.session.rollback()
