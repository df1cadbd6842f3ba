"""What is found in tickets is gathered: once a statement and place, counted, reopened."""

import pytest

from portal.domain import tickets
from portal.extensions import db
from portal.models import ProblemStatus
from tests.statements import statements_of

FAULTY = "DELETE FROM customers"


def test_each_statement_with_findings_is_a_problem(shop, problems):
    number = shop.file(f"SELECT a FROM t WHERE id = 1; {FAULTY}; UPDATE t SET a = 2")
    first, second = problems.all()
    assert (first.sql, second.sql) == (FAULTY, "UPDATE t SET a = 2")
    assert (first.status, first.source, first.count) == ("unhandled", "ticket", 1)
    assert first.level == "error"
    assert first.fingerprint == "delete from customers"
    assert "没有 WHERE 条件" in first.findings[0]["message"]
    assert first.reopened_at is None
    with shop.app.app_context():
        assert db.session.merge(first).ticket.number == number


def test_the_same_statement_is_one_problem_that_is_counted(shop, problems):
    shop.file("UPDATE t SET a = 1; update t set  a = 2 -- again")
    shop.file("UPDATE t SET a = 'x'")
    (only,) = problems.all()
    assert only.count == 3
    assert only.sql == "UPDATE t SET a = 'x'"
    assert only.ticket_id == 2
    assert only.last_seen_at > only.first_seen_at


def test_another_place_is_another_problem(shop, problems):
    shop.add_sources(归档库="mysql")
    shop.file(FAULTY, more={"归档库": FAULTY})
    assert len({one.datasource_id for one in problems.all()}) == 2


def test_the_database_of_mysql_is_the_schema_where_none_was_named(shop, problems):
    with shop.app.app_context():
        shop.source("订单库").database = "orders"
        db.session.commit()
    shop.file(FAULTY)
    assert [one.schema for one in problems.all()] == ["orders"]


def test_schemas_that_differ_in_case_are_two(problems):
    problems.add(FAULTY, schema="a")
    problems.add(FAULTY, schema="A")
    assert [one.schema for one in problems.all()] == ["a", "A"]


def test_a_resubmitted_ticket_is_gathered_again(shop, problems):
    number = shop.file(FAULTY)
    shop.bring_to(number, "rejected")

    def again(ticket):
        creator = shop.member("creator")
        tickets.resubmit(ticket, creator, "改", "", [f"{FAULTY}; UPDATE t SET a = 1"])

    shop.change(number, again)
    assert [(one.sql, one.count) for one in problems.all()] == [
        (FAULTY, 2),
        ("UPDATE t SET a = 1", 1),
    ]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("unhandled", "unhandled"),
        ("solved", "unhandled"),
        ("ignored", "ignored"),
        ("manual_audited", "manual_audited"),
    ],
)
def test_only_a_solved_one_that_comes_back_waits_again(shop, problems, was, now):
    shop.file(FAULTY)
    problems.change(1, status=ProblemStatus(was))
    shop.file(FAULTY)
    (only,) = problems.all()
    assert only.status == now
    assert (only.reopened_at is not None) == (was == "solved")
    records = problems.records("problem_reopened")
    assert [one.subject for one in records] == ["problem:pay/1"] * (was == "solved")
    if was == "solved":
        page = shop.sign_in("boss").get("/settings/records")
        assert "问题 SQL 再次出现" in page.text
        assert "问题 SQL pay/1" in page.text


def test_a_refused_ticket_gathers_nothing(shop, problems):
    shop.allow("normal")
    form = shop.sign_in("creator").get("/projects/pay/tickets/new").form(has="nonce")
    form.fill(subject="改", sql=FAULTY).send(422)
    assert problems.all() == []


def test_a_double_click_counts_once(shop, problems):
    shop.file(FAULTY, nonce="same")
    shop.file(FAULTY, nonce="same")
    assert [one.count for one in problems.all()] == [1]


def test_gathering_takes_few_statements_however_many_there_are(shop, problems):
    def queries(count: int) -> int:
        with statements_of(shop.app) as found:
            shop.file(";".join(f"DELETE FROM t{number}" for number in range(count)))
        return len([statement for statement in found if "problem_sql" in statement])

    assert queries(3) <= 3
    assert queries(400) <= 4
    assert queries(400) <= 4
