"""审核 on the form of a new ticket: what would be found, before anything is stored."""

import pytest
from sqlalchemy import func, select

from portal import sqlaudit
from portal.extensions import db
from portal.models import Flow, OperationRecord
from tests.page_checks import text_of

NEW = "/projects/pay/tickets/new"
AUDIT = "/projects/pay/tickets/audit"


@pytest.fixture
def form(shop):
    return shop.sign_in("creator").get(NEW).form(has="subject")


def figures(page) -> list[list[str]]:
    """The cells of the overview."""
    rows = page.select("#audit-result tbody tr")
    return [[text_of(cell) for cell in row.select("td")] for row in rows]


def test_it_shows_the_result_and_keeps_what_was_typed(shop, form):
    sql = "SELECT a FROM t; SELECT * FROM t; SELECT b FROM t"
    typed = {"subject": "改数据", "description": "为什么", "schema": "s", "sql": sql}
    page = form.fill(**typed).send(200, button="审核")
    assert page.path == AUDIT
    assert page.errors == {}
    assert figures(page) == [["订单库 / s", "81.3", "66.7%", "提示", "提示 1 正常 2"]]
    assert [text_of(one) for one in page.select("#audit-result .statement-head")] == [
        "第 2 条语句 提示"
    ]
    assert "可以提交" in page.text
    kept = page.form(has="subject")
    assert set(typed.items()) <= set(kept.values.items())
    assert kept.values["nonce"] == form.values["nonce"]
    assert kept.send().path == "/projects/pay/tickets/1"


def test_nothing_is_stored(shop, form, app):
    with app.app_context():
        before = db.session.scalar(select(func.count(OperationRecord.id)))
    form.fill(subject="改数据", sql="SELECT 1").send(200, button="审核")
    assert shop.numbers() == []
    with app.app_context():
        assert db.session.scalar(select(func.count(OperationRecord.id))) == before


def test_a_file_is_taken_over_into_the_text(form):
    page = form.fill(sql_file=("\ufeffSELECT '中文'".encode(), "a.sql")).send(200, button="审核")
    assert page.form(has="subject").values["sql"] == "SELECT '中文'"
    assert figures(page)[0][1:3] == ["100", "100%"]
    assert "没有发现问题" in page.text


def test_a_ticket_needs_no_name_to_be_judged(form):
    page = form.fill(sql="SELECT 1").send(200, button="审核")
    assert figures(page)
    assert page.form(has="subject").send(422).errors == {"subject": "请填写工单名称。"}


@pytest.mark.parametrize(
    ("sql", "part"),
    [
        ("  ", "请填写"),
        ("-- nothing", "空白或注释"),
        ("SELECT 1;" * 2001, "2000"),
        (f"SELECT '{'x' * 2**21}'", "2 MB"),
    ],
)
def test_what_is_not_judged_gets_a_sentence(shop, form, sql, part):
    page = form.fill(subject="a", sql=sql).send(422, button="审核")
    assert list(page.errors) == ["sql"]
    assert part in page.errors["sql"]
    assert page.form(has="subject").values["sql"].strip() == sql.strip()
    assert not page.select("#audit-result")


def test_it_says_what_the_project_would_refuse(shop, form):
    shop.allow("notice")
    page = form.fill(sql="SELECT a FROM t; DELETE FROM t; SELECT * FROM t").send(200, button="审核")
    assert text_of(page.one(".audit-refused")) == "超过了本项目允许提交的最高等级，修改后才能提交。"
    assert page.errors == {}
    heads = [text_of(one) for one in page.select("#audit-result .statement-head")]
    assert heads == ["第 2 条语句 错误", "第 3 条语句 提示"], "worst first"


def test_many_findings_are_cut(form):
    page = form.fill(sql="SELECT * FROM t;" * 300 + "DELETE FROM t").send(200, button="审核")
    heads = [text_of(one) for one in page.select("#audit-result .statement-head")]
    assert len(heads) == 100
    assert heads[:2] == ["第 301 条语句 错误", "第 1 条语句 提示"]
    assert "还有 201 条没有显示" in page.text


def test_each_data_source_has_its_own_result(shop):
    ids = shop.add_sources(报表库="postgresql", 归档库="mysql")
    form = shop.sign_in("creator").get(NEW).form(has="subject")
    form.fill(datasource=ids["订单库"], sql="SELECT `a` FROM t")
    form.fill(**{"tasks-1-datasource": ids["报表库"], "tasks-2-datasource": ids["归档库"]})
    page = form.send(200, button="审核")
    assert [row[0] for row in figures(page)] == ["订单库", "报表库", "归档库"]
    assert [row[3] for row in figures(page)] == ["正常", "错误", "正常"], "each in its own dialect"


def test_no_transaction_is_open_meanwhile_and_the_same_is_judged_once(shop, monkeypatch):
    ids = shop.add_sources(报表库="postgresql", 归档库="mysql")
    judge, seen = sqlaudit.audit, []

    def watch(sql, dialect, *profile):
        seen.append((dialect, db.session().in_transaction()))
        return judge(sql, dialect, *profile)

    monkeypatch.setattr(sqlaudit, "audit", watch)
    form = shop.sign_in("creator").get(NEW).form(has="subject").without_files()
    form.fill(subject="a", datasource=ids["订单库"], sql="SELECT 1")
    form.fill(**{"tasks-1-datasource": ids["报表库"], "tasks-2-datasource": ids["归档库"]})
    for button, status in (("审核", 200), ("提交", 302)):
        form.send(status, button=button)
        assert seen == [("mysql", False), ("postgresql", False)]
        seen.clear()


def test_it_is_for_members_and_for_posts(shop):
    shop.sign_in("stranger").post(AUDIT, {"sql": "SELECT 1"}, 404)
    assert shop.sign_in("creator").client.get(AUDIT).status_code == 405


def test_markup_stays_text(form):
    evil = "DELETE FROM `<img src=x onerror=alert(1)>`"
    page = form.fill(sql=evil).send(200, button="审核")
    assert page.one("#audit-result pre").get_text() == evil
    assert not page.select("img")


def test_without_a_flow_it_says_so(shop, form, app):
    with app.app_context():
        db.session.delete(db.session.scalars(select(Flow)).one())
        db.session.commit()
    assert "还没有审批流程" in form.fill(sql="SELECT 1").send(200, button="审核").text
