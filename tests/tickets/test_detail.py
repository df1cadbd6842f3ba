"""One ticket's page: what everybody sees of it, its SQL as text, and its size."""

import time

import pytest
from sqlalchemy import select

from portal.extensions import db
from portal.models import TicketTask
from tests.statements import statements_of

PAGE = "/projects/pay/tickets/1"


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("wait_for_audit", "待审核"),
        ("wait_for_execution", "待上线"),
        ("rejected", "已驳回"),
        ("canceled", "已关闭"),
        ("finished", "上线成功"),
    ],
)
def test_every_state_is_said(shop, state, shown):
    shop.file()
    shop.bring_to(1, state)
    page = shop.visit("onlooker", 1)
    mark = page.one("[data-status]")
    assert mark["data-status"] == state
    assert mark.get_text().strip() == shown
    assert page.one("[data-task-status]")["data-task-status"] == state
    assert page.title == "改订单状态 - Portal"
    assert page.select('a[href="/projects/pay/tickets"]')
    posts = [form["action"] for form in page.select("main form")]
    assert posts == [], "somebody who is not concerned is offered nothing"


def test_the_audit_result_in_figures(shop):
    shop.file("SELECT a FROM t; SELECT * FROM t; SELECT b FROM t")
    cells = [cell.get_text(" ").strip() for cell in shop.visit("lead", 1).select("td[data-label]")]
    assert cells[0] == "订单库"
    assert cells[2:4] == ["66.7%", "81.3"]
    assert cells[4] == "提示"


def test_each_statement_stands_with_its_findings(shop):
    shop.file("SELECT a FROM t;\nDELETE FROM t;\nSELEC 1")
    page = shop.visit("lead", 1)
    statements = [" ".join(one.get_text(" ").split()) for one in page.select(".statement")]
    assert statements[0] == "第 1 条语句 正常 SELECT a FROM t"
    assert "DELETE 没有 WHERE 条件，会影响整张表" in statements[1]
    assert "语法错误：第 1 行「1」附近无法解析" in statements[2]


@pytest.mark.parametrize("number", ["0", "2", "99999999999999999999", "-1", "abc"])
def test_no_such_ticket(shop, number):
    shop.file()
    shop.sign_in("lead").get(f"/projects/pay/tickets/{number}", 404)


def task_id(shop) -> int:
    with shop.app.app_context():
        return db.session.scalars(select(TicketTask.id)).one()


def test_the_whole_sql_can_be_had_as_text(shop):
    sql = "-- 注释\nSELECT '中文';\r\nSELECT 2;\n"
    shop.file(sql)
    path = shop.visit("lead", 1).one('a[href*="/sql/"]')["href"]
    answer = shop.sign_in("lead").client.get(path)
    assert answer.mimetype == "text/plain"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.data.decode() == sql
    assert shop.sign_in("stranger").client.get(path).status_code == 404
    assert shop.sign_in("lead").client.get(f"{PAGE}/sql/999").status_code == 404
    shop.file()
    assert shop.sign_in("lead").client.get(path.replace("/1/", "/2/")).status_code == 404


def test_markup_in_sql_stays_text(shop):
    shop.file("SELECT '<script>alert(1)</script></pre></code>'")
    page = shop.visit("lead", 1)
    assert page.one("pre").get_text() == "SELECT '<script>alert(1)</script></pre></code>'"


BIG = {
    "one literal": "INSERT INTO t VALUES ('" + "汉" * 699_000 + "')",
    "many statements": ";\n".join(
        f"UPDATE t SET a = '{'x' * 960}' WHERE id = {number}" for number in range(2000)
    ),
}


@pytest.mark.parametrize("name", BIG)
def test_two_mebibytes_of_sql_make_no_slow_page(shop, name):
    shop.file(BIG[name])
    visitor = shop.sign_in("lead")
    visitor.client.get("/account")  # the first request of a process loads the templates
    began = time.perf_counter()
    answer = visitor.client.get(PAGE)
    spent = time.perf_counter() - began
    assert answer.status_code == 200
    assert spent <= 1, f"{spent:.2f} s"
    assert len(answer.data) < 700_000
    page = visitor.get(PAGE)
    assert len(page.select(".statement")) == min(100, 1 if name == "one literal" else 100)
    assert "下载完整 SQL" in page.text


def test_of_many_statements_the_worst_are_shown(shop):
    sql = "SELECT a FROM t;" * 500 + "DELETE FROM t;" + "SELECT * FROM t;"
    shop.file(sql)
    page = shop.visit("lead", 1)
    shown = [one.get_text(" ").split() for one in page.select(".statement")]
    assert len(shown) == 100
    assert [one[1] for one in shown[:3]] == ["501", "502", "1"]
    assert "这里显示其中 100 条" in page.text


def test_several_tasks_share_what_a_page_holds(shop):
    shop.add_sources(归档库="mysql")
    shop.file("SELECT a FROM t;" * 300, more={"归档库": "SELECT * FROM t;" * 300})
    page = shop.visit("lead", 1)
    assert len(page.select(".statement")) == 100
    assert page.text.count("这里显示其中 50 条") == 2


def test_the_number_of_queries_does_not_grow(shop):
    def queries(visitor, path) -> int:
        with statements_of(shop.app) as found:
            assert visitor.client.get(path).status_code == 200
        return len(found)

    shop.file()
    lead = shop.sign_in("lead")
    few = {path: queries(lead, path) for path in ("/", "/projects/pay/tickets", PAGE)}
    shop.change(1, lambda ticket: None)
    for _number in range(15):
        shop.file("SELECT 1;" * 30)
    many = {path: queries(lead, path) for path in ("/", "/projects/pay/tickets")}
    many[PAGE] = queries(lead, "/projects/pay/tickets/16")
    assert many == few
