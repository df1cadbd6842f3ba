"""Going online by the page's own forms: who is offered what, and what the page then says."""

from __future__ import annotations

import tomllib
from datetime import timedelta

import pytest

from portal.domain import running, tickets
from portal.extensions import db
from portal.kit import clock
from portal.models import (
    ExecutionRun,
    Project,
    RunState,
    StatementRun,
    StatementState,
    Ticket,
    TicketStatus,
)
from tests.load.conftest import GOALS
from tests.load.test_queries import statements_of

SQL = "UPDATE stock SET n = n + 1 WHERE id = 1;\nSELECT n FROM stock WHERE id = 1"
BROKEN = "UPDATE stock SET n = n + 1 WHERE id = 1;\nUPDATE nowhere SET n = 1 WHERE id = 1"
PAGE = "/projects/pay/tickets/1"
EVERYBODY = ("creator", "lead", "operator", "boss")


@pytest.fixture
def server(sqlite_server):
    """What the pages say does not depend on the target."""
    return sqlite_server


@pytest.fixture
def visit(works, sign_in):
    def open_page(username: str, path: str = PAGE):
        return sign_in(username).get(path)

    return open_page


def offered(page) -> set[str]:
    """The acts that this page has a form for."""
    found = {form["action"].removeprefix(f"{PAGE}/") for form in page.select("main form")}
    return {one for one in found if "/" not in one}


def in_an_hour() -> str:
    moment = clock.utc_now() + timedelta(hours=1)
    return clock.local(moment, "Asia/Shanghai").strftime("%Y-%m-%dT%H:%M")


def test_who_is_offered_what_while_it_waits(works, visit):
    works.ready(SQL)
    offers = {username: offered(visit(username)) for username in EVERYBODY}
    of_operator = {"execute", "schedule", "mark-executed", "reject"}
    assert of_operator <= offers["operator"]
    assert not {"execute", "schedule", "reject"} & offers["boss"]
    assert {"mark-executed", "close"} <= offers["boss"]
    assert not of_operator & (offers["creator"] | offers["lead"])


def test_pressed_it_runs_and_the_page_tells_it_as_it_goes(works, sign_in):
    works.ready(SQL)
    page = sign_in("operator").get(PAGE).form(action=f"{PAGE}/execute").send()
    assert page.flashes == [("success", "已开始上线。")]
    assert page.select("[data-status]")[0]["data-status"] == "executing"
    run = page.select("#ticket-run")[0]
    assert run["data-refresh"] == "1"
    assert "排队" in run.get_text()
    works.tick()
    page = sign_in("creator").get(PAGE)
    assert page.select("[data-status]")[0]["data-status"] == "finished"
    assert page.select("[data-task-status]")[0]["data-task-status"] == "finished"
    step = page.select('[data-step="3"]')[0]
    assert (step["data-state"], step["data-decided-by"], step["data-via"]) == (
        "executed",
        "operator",
        "portal",
    )
    text = page.select("#ticket-run")[0].get_text()
    assert "全部语句执行成功" in text
    assert "已执行 2 / 2 条" in text
    assert [one.get_text() for one in page.select(".statement .tag-success")].count("已执行") == 2


def test_a_failure_names_the_statement_in_the_servers_words(works, visit):
    works.execute(BROKEN)
    page = visit("creator")
    assert page.select("[data-status]")[0]["data-status"] == "exec_failed"
    text = page.select("#ticket-run")[0].get_text()
    for part in ("第 2 条语句", "no such table: nowhere", "已执行 0 / 2 条"):
        assert part in text
    marks = [one.get_text() for one in page.select("#ticket-tasks .statement .tag")]
    assert "已回滚" in marks
    assert "执行失败" in marks


def test_a_second_press_is_answered_with_what_happened(works, sign_in):
    works.ready(SQL)
    visitor = sign_in("operator")
    visitor.get(PAGE)
    visitor.post(f"{PAGE}/execute", {})
    page = visitor.post(f"{PAGE}/execute", {})
    ((kind, text),) = page.flashes
    assert kind == "warning"
    assert "孙运维" in text
    with works.world.rules():
        assert db.session.scalar(db.select(db.func.count(ExecutionRun.id))) == 1


@pytest.mark.parametrize(
    "act", ["execute", "schedule", "unschedule", "confirm", "abort", "settle", "mark-executed"]
)
@pytest.mark.parametrize("username", ["creator", "lead"])
def test_what_is_the_operators_is_nobody_elses(works, sign_in, act, username):
    works.ready(SQL)
    sign_in(username).post(f"{PAGE}/{act}", {"at": in_an_hour()}, 403)
    works.tick()
    assert works.stock()[1] == 10


@pytest.mark.parametrize("act", ["unschedule", "confirm", "abort", "settle"])
def test_what_is_not_due_is_answered_with_a_sentence(works, sign_in, act):
    works.ready(SQL)
    page = sign_in("operator").post(f"{PAGE}/{act}", {"settled_as": "done"})
    assert [kind for kind, _text in page.flashes] == ["warning"]


def test_scheduled_by_the_form_shown_and_taken_back(works, sign_in):
    works.ready(SQL)
    form = sign_in("operator").get(PAGE).form(action=f"{PAGE}/schedule")
    page = form.fill(at=in_an_hour()).send()
    ((kind, text),) = page.flashes
    assert kind == "success"
    assert in_an_hour().replace("T", " ") in text
    assert page.select("[data-status]")[0]["data-status"] == "exec_scheduled"
    assert not {"execute", "schedule"} & offered(page)
    page = page.form(action=f"{PAGE}/unschedule").send()
    assert page.flashes == [("success", "已取消定时上线。")]
    assert page.select("[data-status]")[0]["data-status"] == "wait_for_execution"


@pytest.mark.parametrize("typed", ["", "tomorrow", "2026-13-40T99:99", "2001-01-01T00:00"])
def test_a_time_that_makes_no_sense_gets_a_sentence_and_stays_typed(works, sign_in, typed):
    works.ready(SQL)
    page = sign_in("operator").get(PAGE).form(action=f"{PAGE}/schedule").fill(at=typed).send(422)
    assert page.errors.keys() == {"at"}
    assert page.select("[name=at]")[0].get("value", "") == typed


def test_the_last_question_stands_on_the_page(works, sign_in):
    with works.world.rules():
        db.session.execute(db.update(Project).values(confirm_schedule=True))
    works.ready(SQL)
    sign_in("operator").get(PAGE).form(action=f"{PAGE}/schedule").fill(at=in_an_hour()).send()
    works.world.pass_time(50 * 60)
    works.tick()
    page = sign_in("operator").get(PAGE)
    assert "没有人确认" in page.text
    page = page.form(action=f"{PAGE}/confirm").send()
    assert page.flashes == [("success", "已确认，到时自动上线。")]
    assert "confirm" not in offered(page)


def test_given_back_the_ticket_says_why(works, sign_in):
    works.ready(SQL)
    page = sign_in("operator").get(PAGE).form(action=f"{PAGE}/execute").send()
    page = page.form(action=f"{PAGE}/abort").send()
    assert page.flashes == [("success", "已中止，没有执行任何语句。")]
    assert "孙运维 在开始之前中止了上线" in page.text
    assert "execute" in offered(page)


def test_an_unknown_end_is_settled_on_the_page(works, sign_in):
    ticket_id = works.execute(BROKEN)
    make_unknown(works, ticket_id)
    assert "settle" not in offered(sign_in("creator").get(PAGE))
    page = sign_in("operator").get(PAGE)
    forms = page.select(f'form[action="{PAGE}/settle"]')
    assert len(forms) == 2
    page = sign_in("operator").post(f"{PAGE}/settle", {"settled_as": "nonsense"})
    assert [kind for kind, _text in page.flashes] == ["warning"]
    page = sign_in("boss").post(f"{PAGE}/settle", {"settled_as": "done"})
    assert page.flashes == [("success", "已登记核对结果。")]
    assert "管理员 已在数据源上核对：已经执行" in page.text
    assert "已由人工核对" in page.select("#ticket-run")[0].get_text()
    assert "settle" not in offered(page)


def make_unknown(works, ticket_id: int) -> None:
    """As an orphan leaves it of which nobody can tell what became."""
    with works.world.ticket(ticket_id) as ticket:
        run = running.last_run(ticket)
        run.state, run.problem = RunState.UNKNOWN, "执行进程中断：第 2 条语句是否已经执行无法得知"
        db.session.execute(
            db.update(StatementRun)
            .where(StatementRun.position == 2)
            .values(state=StatementState.UNKNOWN, code="", message="")
        )


def test_a_ticket_with_a_run_can_be_closed_or_edited_after_it_was_given_back(works, sign_in):
    """Nothing of the returned run stands in the way of the new SQL."""
    works.ready(SQL)
    page = sign_in("operator").get(PAGE).form(action=f"{PAGE}/execute").send()
    page.form(action=f"{PAGE}/abort").send()
    sign_in("operator").post(f"{PAGE}/reject", {"reason": "换个写法"})
    creator = sign_in("creator")
    creator.get(PAGE)
    fields = {"subject": "改好了", "description": "", "sql": "UPDATE stock SET n = 5 WHERE id = 1"}
    page = creator.post(f"{PAGE}/resubmit", fields)
    assert page.flashes == [("success", "工单已重新提交。")]
    with works.world.rules():
        ticket = db.session.scalars(db.select(Ticket)).one()
        assert (ticket.status, ticket.revision) == (TicketStatus.WAIT_FOR_AUDIT, 2)


def test_a_page_that_showed_other_sql_runs_nothing(works, sign_in):
    """Pitfall 3: what was opened before the ticket was edited is about the old SQL only."""
    ticket_id = works.ready(SQL)
    old = sign_in("operator").get(PAGE)
    sign_in("operator").post(f"{PAGE}/reject", {"reason": "换个写法"})
    creator = sign_in("creator")
    creator.get(PAGE)
    fields = {"subject": "改了", "description": "", "sql": "DELETE FROM stock WHERE id > 0"}
    creator.post(f"{PAGE}/resubmit", fields)
    for _step in range(2):
        with works.world.ticket(ticket_id) as ticket:
            step = next(one for one in ticket.steps if one.state == "open")
            assert tickets.decide(step, step.assignees[0].member, True)
    for act in ("execute", "schedule", "mark-executed"):
        form = old.form(action=f"{PAGE}/{act}")
        form = form.fill(at=in_an_hour()) if act == "schedule" else form
        page = form.send()
        ((kind, text),) = page.flashes
        assert (kind, "有了变化" in text) == ("warning", True)
    works.tick()
    assert works.stock() == {1: 10, 2: 20, 3: 30}


@pytest.mark.parametrize("sql", [SQL, BROKEN, ";".join([SQL] * 50)])
@pytest.mark.parametrize("username", ["operator", "boss"])
def test_a_page_with_a_run_asks_the_database_no_more_often_than_others(
    works, sign_in, sql, username
):
    works.execute(sql)
    visitor = sign_in(username)
    visitor.get(PAGE)
    with statements_of(works.world.app) as statements:
        visitor.get(PAGE)
    most = tomllib.loads(GOALS.read_text())["statements_a_page"]
    assert len(statements) <= most, "\n".join(statements)
