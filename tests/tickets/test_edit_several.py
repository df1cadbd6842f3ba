"""A rejected ticket of several data sources is edited: sql, tasks-2-sql, … and filed again."""

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.models import Ticket, TicketTask
from tests.page_checks import text_of

PAGE = "/projects/pay/tickets/1"
ACT = f"{PAGE}/resubmit"
FIRST, NEW_SQL = "DELETE FROM a WHERE id = 1", "DELETE FROM a WHERE id = 2"
OTHER = "SELECT b FROM u"


@pytest.fixture
def rejected(shop):
    """Its second task has the first's SQL, its third its own."""
    shop.add_sources(归档库="mysql", 报表库="postgresql")
    shop.file(FIRST, more={"归档库": FIRST, "报表库": OTHER})
    shop.bring_to(1, "rejected")
    return shop


def form_of(shop):
    return shop.visit("creator", 1).form(action=ACT)


def sqls(shop) -> list[str]:
    with shop.app.app_context():
        return list(db.session.scalars(select(TicketTask.sql).order_by(TicketTask.id)))


def test_the_form_shows_each_tasks_own_sql(rejected):
    values = form_of(rejected).values
    assert (values["sql"], values["tasks-2-sql"], values["tasks-3-sql"]) == (FIRST, "", OTHER)
    assert "留空则使用 订单库 的 SQL" in text_of(form_of(rejected).tag)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"sql": NEW_SQL}, [NEW_SQL, NEW_SQL, OTHER]),
        ({"tasks-2-sql": "SELECT 2"}, [FIRST, "SELECT 2", OTHER]),
        ({"tasks-3-sql": " \n"}, [FIRST, FIRST, FIRST]),
    ],
)
def test_an_empty_sql_is_the_first_ones(rejected, typed, expected):
    page = form_of(rejected).fill(**typed).send()
    assert page.flashes == [("success", "工单已重新提交。")]
    assert sqls(rejected) == expected
    assert len(page.select("[data-task-status=wait_for_audit]")) == 3


def test_what_is_not_posted_stays_as_it_was_shown(rejected):
    fields = {"subject": "新名", "description": "", "sql": NEW_SQL}
    rejected.sign_in("creator").post(ACT, fields)
    assert sqls(rejected) == [NEW_SQL, NEW_SQL, OTHER]


def test_a_wrong_sql_gets_its_sentence_and_nothing_is_lost(rejected):
    typed = {"subject": "新名", "sql": NEW_SQL, "tasks-3-sql": "-- nothing"}
    page = form_of(rejected).fill(**typed).send(422)
    assert list(page.errors) == ["tasks-3-sql"]
    assert set(typed.items()) <= set(page.form(action=ACT).values.items())
    assert sqls(rejected) == [FIRST, FIRST, OTHER]


def test_what_is_worse_than_allowed_is_shown(rejected):
    rejected.allow("notice")
    page = form_of(rejected).fill(**{"tasks-3-sql": "DELETE FROM u"}).send(422)
    assert list(page.errors) == ["tasks-3-sql"]
    assert len(page.select("#audit-result .audit-refused")) == 1
    assert "DELETE 没有 WHERE 条件" in text_of(page.one("#audit-result"))


def test_the_audit_button_stores_nothing(rejected):
    typed = {"subject": "", "sql": "SELECT * FROM t", "tasks-3-sql": "SELECT 1"}
    page = form_of(rejected).fill(**typed).send(200, button="审核")
    assert page.path == f"{ACT}/audit"
    rows = [text_of(row.select("td")[0]) for row in page.select("#audit-result tbody tr")]
    assert rows == ["订单库", "归档库", "报表库"]
    assert page.select("#resubmit[open]")
    assert set(typed.items()) <= set(page.form(action=ACT).values.items())
    assert sqls(rejected) == [FIRST, FIRST, OTHER]
    assert rejected.status(1) == "rejected"


def test_only_who_may_resubmit_may_have_it_judged(rejected):
    for username, status in (("onlooker", 403), ("stranger", 404)):
        rejected.sign_in(username).post(f"{ACT}/audit", {"sql": "SELECT 1"}, status)


def test_a_second_edit_from_a_page_left_open_changes_nothing(rejected):
    left_open = form_of(rejected)
    form_of(rejected).fill(sql="SELECT 5").send()
    page = left_open.fill(sql="SELECT 6").send()
    assert [kind for kind, _text in page.flashes] == ["warning"]
    assert sqls(rejected) == ["SELECT 5", "SELECT 5", OTHER]


def test_the_statements_of_the_old_revision_are_gone(rejected):
    form_of(rejected).fill(sql="SELECT 5; SELECT 6").send()
    with rejected.app.app_context():
        ticket = db.session.scalars(select(Ticket)).one()
        assert [len(task.statements) for task in ticket.tasks] == [2, 2, 1]
        assert ticket.revision == 2
