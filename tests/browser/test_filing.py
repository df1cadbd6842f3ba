"""Filing with the 审核 button and further data sources, with scripts and without."""

from __future__ import annotations

import pytest

from tests.browser.company import LONG_WORD, ODD_SQL, TICKETS
from tests.browser.look import fits_and_is_accessible
from tests.browser.tab import Tab

BOTH = pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
ADD = ".more-task summary"


def opened(tab: Tab) -> list[bool]:
    """Of the rows' summaries: which ones are there to be seen."""
    return [one.is_visible() for one in tab.css(ADD).all()]


@BOTH
def test_a_ticket_of_two_schemas_is_judged_and_filed(tab_of, scripts):
    tab = tab_of("creator", scripts=scripts).goto(f"{TICKETS}/new")
    subject = f"两个库 {'有' if scripts else '无'}脚本"
    tab.fill(subject=subject, sql="SELECT a FROM t; SELECT * FROM t; SELECT b FROM t")
    assert opened(tab) == [True, False, False, False], "one to add at a time"
    tab.css(ADD).first.click()
    assert opened(tab) == [True, True, False, False]
    tab.css("[name=tasks-1-datasource]").select_option(index=1)
    tab.fill(tasks__1__schema="archive")
    tab.press("审核")
    assert tab.path == f"{TICKETS}/audit"
    assert tab.css("#audit-result tbody tr").count() == 2
    assert "66.7%" in tab.text("#audit-result")
    assert tab.css("[name=tasks-1-schema]").is_visible(), "what is in use is not folded away"
    tab.css(ADD).first.click()
    assert opened(tab) == [True, True, False, False], "folded, it still counts as in use"
    tab.press("提交")
    assert tab.css("h1").inner_text() == subject
    assert tab.css("[data-task-status]").count() == 2


@pytest.mark.parametrize("name", ["judged", "refused"])
def test_the_result_fits_and_is_accessible(company, tab_of, name):
    tab = tab_of("creator").goto(f"{TICKETS}/new")
    tab.fill(subject="看看", sql=ODD_SQL)
    tab.css("main details").evaluate_all("parts => parts.forEach(part => { part.open = true; })")
    for row in (1, 2):
        tab.css(f"[name=tasks-{row}-datasource]").select_option(index=1)
    tab.fill(tasks__1__schema=LONG_WORD[:128], tasks__2__schema="b", tasks__2__sql="SELECT 1")
    if name == "refused":
        tab.fill(tasks__3__sql="-- 没有选择数据源", tasks__2__schema=LONG_WORD[:128])
    tab.press("审核")
    fits_and_is_accessible(tab, f"new ticket, {name}")


def test_the_edited_sql_is_judged(company, tab_of):
    tab = tab_of("creator").goto(company.path("ticket: several, rejected"))
    tab.press("修改审核语句")
    tab.fill("#resubmit", tasks__2__sql="DELETE FROM t")
    tab.press("审核", "#resubmit")
    assert "DELETE 没有 WHERE 条件" in tab.text("#audit-result")
    assert tab.css("#resubmit [name=tasks-2-sql]").input_value() == "DELETE FROM t"
    fits_and_is_accessible(tab, "edited ticket, judged")
