"""The list of problem SQL: tabs, search, filters, pages, and what a row says."""

import pytest

from portal.extensions import db
from portal.models import ProblemStatus
from tests.problems.conftest import LIST
from tests.statements import statements_of


def ids(page) -> list[int]:
    return [int(row["data-problem"]) for row in page.select("tr[data-problem]")]


def test_an_empty_list_says_where_problems_come_from(shop):
    page = shop.sign_in("onlooker").get(LIST)
    assert page.h1 == "SQL管控"
    assert "还没有问题 SQL" in page.text
    assert page.form(has="sql_file").tag["action"] == f"{LIST}/upload"
    assert page.select('.empty a[href="#upload"]')
    assert page.select(f'.side-list a[href="{LIST}"][aria-current="page"]')


def test_a_row_says_what_where_and_how_often(shop):
    shop.file("DELETE FROM customers")
    shop.file("delete from customers")
    page = shop.sign_in("onlooker").get(LIST)
    (row,) = page.select("tr[data-problem]")
    assert row["data-issue"] == ""
    text = " ".join(row.get_text(" ").split())
    for words in ("delete from customers", "订单库", "工单 #2", "错误", "2 次", "待处理", "未推送"):
        assert words in text
    assert row.select_one(f'a[href="{LIST}/1"]')
    assert row.select_one('a[href="/projects/pay/tickets/2"]')
    assert row.select_one('input[name="ids"]')["value"] == "1"
    form = page.form(has="ids")
    assert form.tag["action"] == f"{LIST}/push"
    assert form.tag["method"] == "post"
    assert form.tag.select_one(f'button[formaction="{LIST}/status"]')
    assert form.values["coding_project"] == "pay"
    assert (form.values["type"], form.values["priority"]) == ("DEFECT", "")


def test_a_ticket_with_findings_leads_to_its_data_sources_problems(shop):
    path = f"{LIST}?datasource=1"
    faulty, clean = shop.file("DELETE FROM a"), shop.file("SELECT a FROM t WHERE id = 1")
    assert shop.visit("lead", faulty).select(f'a[href="{path}"]')
    assert not shop.visit("lead", clean).select(f'a[href="{path}"]')


def test_filters_narrow_the_list_and_stay_filled_in(shop, problems):
    shop.add_sources(归档库="sqlite")
    first, second = problems.add("DELETE FROM a", "UPDATE b SET x = '100%'")
    (third,) = problems.add("SELECT *", level="notice", source="slow_log", datasource="归档库")
    problems.change(second, status=ProblemStatus.SOLVED, assignee_id=3)
    visitor = shop.sign_in("creator")

    def search(**values):
        return visitor.get(LIST).form(has="keyword").fill(**values).send(200)

    assert ids(visitor.get(LIST)) == [third, second, first]
    assert ids(search(keyword="delete")) == [first]
    assert ids(search(keyword="0%")) == [second]
    assert ids(search(level="notice")) == [third]
    assert ids(search(source="slow_log")) == [third]
    assert ids(search(push="none")) == [third, second, first]
    assert ids(search(push="created")) == []
    assert ids(search(assignee="-")) == [third, first]
    options = search(level="notice").select("#filter-datasource option")
    source = {one.get_text(): one["value"] for one in options}["归档库"]
    assert ids(search(datasource=source)) == [third]
    assert "没有符合条件的问题 SQL" in search(level="error", datasource=source).text
    page = search(level="error")
    assert page.one("#filter-level option[selected]")["value"] == "error"
    assert ids(visitor.get(f"{LIST}?status=solved")) == [second]
    tabs = [tab.get_text() for tab in visitor.get(LIST).select(".segmented a")]
    assert tabs == ["全部 3", "待处理 2", "已解决 1", "已忽略", "已人工审核"]
    keeping = visitor.get(f"{LIST}?status=solved").form(has="keyword").fill(keyword="x").send(200)
    assert ids(keeping) == [second]


def test_an_assignee_is_a_filter(shop, problems):
    (only,) = problems.add("DELETE FROM a")
    page = shop.sign_in("creator").get(f"{LIST}/{only}")
    page.form(has="remark").fill(assignee="lead").send()
    assert ids(page.visitor.get(f"{LIST}?assignee=lead")) == [only]
    assert ids(page.visitor.get(f"{LIST}?assignee=owner")) == []


def test_pages_follow_each_other_without_gap_or_repetition(shop, problems):
    problems.add(*(f"DELETE FROM t{number}" for number in range(110)))
    page = shop.sign_in("lead").get(f"{LIST}?status=unhandled")
    seen = ids(page)
    while following := page.select('a[rel="next"]'):
        page = page.visitor.get(following[0]["href"])
        seen += ids(page)
    assert seen == list(range(110, 0, -1))


@pytest.mark.parametrize(
    "query",
    [
        "status=nonsense",
        "before=abc",
        "before=99999999999999999999",
        "level=normal",
        "source=x",
        "datasource=999999999999999999999",
        "assignee=nobody",
        "push=x",
        "keyword=%00",
        "keyword=" + "x" * 500,
        "batch=%00",
        "batch=nobody",
    ],
)
def test_nonsense_in_the_address_harms_nothing(shop, problems, query):
    added = problems.add("DELETE FROM a")
    assert ids(shop.sign_in("lead").get(f"{LIST}?{query}")) == added


def test_a_long_sql_is_cut_and_shown_whole_on_its_page(shop, problems):
    sql = "DELETE FROM t WHERE a = '" + "汉<b>" * 1000 + "'"
    (only,) = problems.add(sql)
    page = shop.sign_in("lead").get(LIST)
    assert page.one("tr[data-problem] code").get_text().endswith("…")
    assert page.visitor.get(f"{LIST}/{only}").one("pre").get_text() == sql


def test_strangers_see_nothing(shop, problems, visitor):
    (only,) = problems.add("DELETE FROM a")
    for path in (LIST, f"{LIST}/{only}", f"{LIST}.csv"):
        assert shop.sign_in("stranger").client.get(path).status_code == 404
        assert visitor.client.get(path).headers["Location"].startswith("/login")


def test_the_database_is_asked_no_more_often_when_there_are_more_rows(shop, problems):
    def statements() -> int:
        with statements_of(shop.app) as found:
            lead.get(LIST)
        return len(found)

    lead = shop.sign_in("lead")
    problems.add("DELETE FROM a")
    lead.get(LIST)
    few = statements()
    shop.file(";".join(f"DELETE FROM t{number}" for number in range(60)))
    assert statements() == few <= 12


def test_a_former_assignee_stays_a_filter(shop, problems):
    only, other = problems.add("DELETE FROM a", "DELETE FROM b")
    with shop.app.app_context():
        dba, stranger = shop.member("dba"), shop.member("stranger")
        dba.is_enabled = False
        values = {only: dba.id, other: stranger.id}
        db.session.commit()
    for id, person in values.items():
        problems.change(id, assignee_id=person)
    page = shop.sign_in("creator").get(LIST)
    offered = {one["value"] for one in page.select("#filter-assignee option")}
    assert {"dba", "stranger", "lead"} <= offered
    assert {one["value"] for one in page.select("select#assignee option")}.isdisjoint(
        {"dba", "stranger"}
    )
    assert ids(page.visitor.get(f"{LIST}?assignee=dba")) == [only]
    assert ids(page.visitor.get(f"{LIST}?assignee=stranger")) == [other]


def test_a_queued_one_says_why_it_waits(shop, problems):
    (only,) = problems.add("DELETE FROM a")
    problems.switch_on()
    visitor = shop.sign_in("lead")
    visitor.get(LIST).form(has="ids").fill(ids=[str(only)]).send(302, "推送到 Coding")
    problems.settle(only, failure="网络不通", failure_code="timeout", cure="等待重试")
    for path, place in ((LIST, f"#issue-{only}"), (f"{LIST}/{only}", "#issue")):
        text = visitor.get(path).one(place).get_text()
        for words in ("推送中", "timeout", "网络不通", "等待重试"):
            assert words in text
