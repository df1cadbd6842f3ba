"""Going online from the page: with scripts and without, at a desk and by thumb."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.by_hand import status_of
from tests.browser.online import UPDATE, WRONG, count
from tests.browser.tab import WAIT_SECONDS, Tab

RIBBON = "#ticket-ribbon [data-status={}]"
ENDLESS = 10_000.0
PATIENCE = WAIT_SECONDS * 1000


@pytest.fixture
def ticket(company):
    """ticket(sql, *more data sources) → the path of a ticket of this test's own, 待上线."""

    def make(sql: str, *more: str) -> str:
        company.online.ready("own", "给上线故事的工单", sql, *more)
        return company.path("ticket: own")

    return make


def say_yes(tab: Tab) -> list[str]:
    """To every question; answers the list that they are written to."""
    questions: list[str] = []

    def accept(dialog) -> None:
        questions.append(dialog.message)
        dialog.accept()

    tab.page.on("dialog", accept)
    return questions


def arrives(tab: Tab, selector: str) -> None:
    """By itself."""
    tab.css(selector).first.wait_for(timeout=PATIENCE)


def mark(tab: Tab) -> None:
    """This very page: the mark is gone once another one is loaded."""
    tab.page.evaluate("document.body.dataset.mark = 'same page'")


def is_marked(tab: Tab) -> bool:
    return tab.css("body[data-mark]").count() == 1


def test_the_page_follows_a_run_to_its_end(company, tab_of, ticket):
    before = company.online.stock()
    tab = tab_of("operator").goto(ticket("; ".join([count(2.0)] * 2), "历史库"))
    questions = say_yes(tab)
    tab.press("批量立即上线")
    assert len(questions) == 1
    mark(tab)
    assert status_of(tab) == "executing"
    arrives(tab, "#ticket-run progress")
    expect(tab.css("#ticket-tasks")).to_contain_text("等待执行")
    arrives(tab, RIBBON.format("finished"))
    assert is_marked(tab)
    assert "全部语句执行成功" in tab.text("#ticket-run")
    assert tab.css("#ticket-run progress").count() == 0
    assert tab.css("#ticket-tasks [data-task-status=finished]").count() == 2
    assert tab.css("#ticket-tasks .statement:has-text('已执行')").count() == 4
    assert "上线成功" in tab.text("#ticket-progress [data-state=executed]")
    assert tab.css("#decide").count() == 0
    assert company.online.stock() == before + 2


def test_a_long_one_is_stopped_from_the_page(company, tab_of, ticket):
    before = company.online.stock(1), company.online.stock()
    tab = tab_of("operator").goto(ticket(f"{UPDATE}; {count(ENDLESS)}; {UPDATE}"))
    questions = say_yes(tab)
    tab.press("立即上线")
    arrives(tab, "#ticket-tasks .statement:has-text('正在执行')")
    tab.press("中止")
    assert len(questions) == 2
    mark(tab)
    arrives(tab, RIBBON.format("exec_failed"))
    assert is_marked(tab)
    assert "已按要求中止" in tab.text("#ticket-run")
    assert "在一个事务中，已全部回滚" in tab.text("#ticket-run")
    marks = [one.inner_text() for one in tab.css("#ticket-tasks .statement-head").all()]
    assert [text.split()[-1] in {"已回滚", "未执行"} for text in marks] == [False, False, True]
    assert "已回滚" in marks[0]
    assert "执行失败" in marks[1]
    assert (company.online.stock(1), company.online.stock()) == before


def test_without_scripts_it_is_scheduled_cancelled_and_run(company, tab_of, ticket):
    before = company.online.stock(1)
    tab = tab_of("operator", scripts=False).goto(ticket(UPDATE))
    tab.press("定时上线").press("确定时间", "#schedule")
    assert tab.css("[data-error=at]").is_visible()
    tomorrow = datetime.now(ZoneInfo("Asia/Shanghai")) + timedelta(days=1)
    tab.fill("#schedule", at=tomorrow.strftime("%Y-%m-%dT%H:%M")).press("确定时间", "#schedule")
    assert status_of(tab) == "exec_scheduled"
    assert tomorrow.strftime("%Y-%m-%d %H:%M") in tab.text("#decide")
    tab.press("取消定时")
    assert status_of(tab) == "wait_for_execution"
    tab.press("立即上线")
    tab.reload_until(RIBBON.format("finished"))
    assert "全部语句执行成功" in tab.text("#ticket-run")
    assert company.online.stock(1) == before + 1


def test_a_scheduled_run_begins_on_the_open_page(company, tab_of):
    """Unless somebody is about to press something there."""
    online = company.online
    ticket_id = online.ready("timed", "到点自动上线", UPDATE)
    online.schedule(ticket_id, "shortly")
    tabs = [tab_of("operator"), tab_of("operator")]
    for tab in tabs:
        tab.page.clock.install()
        assert status_of(tab.goto(company.path("ticket: timed"))) == "exec_scheduled"
        mark(tab)
    idle, busy = tabs
    busy.press("全部驳回").fill("#reject-form", reason="先等一下")
    online.ends(ticket_id)
    for tab in tabs:
        tab.page.clock.fast_forward(15_000)
        arrives(tab, RIBBON.format("finished"))
        assert is_marked(tab)
    assert idle.css("#decide").count() == 0
    assert idle.css("[data-refresh='15']").count() == 0
    assert busy.css("#reject-form [name=reason]").input_value() == "先等一下"


def test_what_went_wrong_is_read_without_scripts(tab_of, ticket):
    tab = tab_of("operator", scripts=False).goto(ticket(WRONG)).press("立即上线")
    tab.reload_until(RIBBON.format("exec_failed"))
    assert "第 2 条语句" in tab.text("#ticket-run .notice-error")
    assert "no such table" in tab.text("#ticket-run")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_thumb_runs_it_by_the_bar_at_the_bottom(company, tab_of, ticket, scripts):
    before = company.online.stock(1)
    options = {"phone": True, "has_touch": True, "scripts": scripts}
    tab = tab_of("operator", **options).goto(ticket(UPDATE))
    say_yes(tab)
    button = tab.css(".reach button")
    box = button.bounding_box()
    assert box["y"] + box["height"] <= 740
    assert box["height"] >= 44
    with tab.page.expect_navigation():
        button.tap()
    if scripts:
        arrives(tab, RIBBON.format("finished"))
    else:
        tab.reload_until(RIBBON.format("finished"))
    assert tab.css(".reach").count() == 0
    assert company.online.stock(1) == before + 1


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_thumb_refuses_what_waits_to_be_run(tab_of, ticket, scripts):
    """The bar leads to the reason, which is folded away."""
    options = {"phone": True, "has_touch": True, "scripts": scripts}
    tab = tab_of("operator", **options).goto(ticket(UPDATE))
    tab.css(".reach a").tap()
    reason = tab.css("#reject-form [name=reason]")
    reason.wait_for()
    reason.fill("窗口期已过")
    with tab.page.expect_navigation():
        tab.css("#reject-form button").tap()
    assert status_of(tab) == "rejected"
    assert "窗口期已过" in tab.text()


def test_a_scheduled_run_is_confirmed_by_thumb(company, tab_of):
    ticket_id = company.online.ready("asked", "给确认的工单", UPDATE, project="night")
    company.online.schedule(ticket_id, "soon")
    tab = tab_of("operator", phone=True, has_touch=True).goto(company.path("ticket: asked"))
    tab.reload_until(".reach button:has-text('确认按时上线')")
    with tab.page.expect_navigation():
        tab.css(".reach button").tap()
    assert status_of(tab) == "exec_scheduled"
    assert "已确认，到时自动上线" in tab.text("#decide")


def test_an_unknown_outcome_is_settled_from_the_page(company, tab_of):
    company.online.unknown("unknown, own", "给登记的工单")
    tab = tab_of("boss").goto(company.path("ticket: unknown, own"))
    questions = say_yes(tab)
    tab.press("没有执行")
    assert len(questions) == 1
    assert "已在数据源上核对：没有执行" in tab.text("#ticket-run")
    assert tab.css(".settle").count() == 0
