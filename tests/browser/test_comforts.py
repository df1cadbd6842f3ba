"""What the scripts add to tickets and settings; the frame's own are in test_frame.py."""

from __future__ import annotations

import pytest

from portal.sandbox.seed import DEFAULT_APP_KEY, DEFAULT_APP_SECRET
from tests.browser.company import TICKETS
from tests.browser.tab import Tab

BOTH = pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])


def test_the_switch_opens_the_form_and_asks_before_it_is_turned_off(fresh, open_tab):
    tab = open_tab(fresh.portal).goto("/login")
    tab.fill(username="admin", password=fresh.admin_password).press("登录")
    tab.goto("/settings/integrations")
    switch, key = tab.css("#dingtalk [name=enabled]"), tab.css("#dingtalk [name=app_key]")
    assert not key.is_visible()
    switch.check()
    assert key.is_visible()
    tab.fill("#dingtalk", app_key=DEFAULT_APP_KEY, app_secret=DEFAULT_APP_SECRET).press("提交")
    assert switch.is_checked()
    questions: list[str] = []

    def answer(dialog) -> None:
        questions.append(dialog.message)
        dialog.dismiss() if len(questions) == 1 else dialog.accept()

    tab.page.on("dialog", answer)
    switch.click()
    assert "关闭" in questions[0]
    assert switch.is_checked()
    tab.follow(switch)
    assert len(questions) == 2
    tab.goto("/settings/integrations")
    assert not switch.is_checked()


def test_a_dismissed_question_sends_nothing(tab_of, company):
    tab = tab_of("operator").goto(company.path("ticket: ready"))
    tab.page.on("dialog", lambda dialog: dialog.dismiss())
    for act in ("execute", "mark_executed"):
        tab.css(f"#{act}-form button").click()
    tab.page.reload()
    assert tab.css("main [data-status]").first.get_attribute("data-status") == "wait_for_execution"


@BOTH
def test_a_double_click_files_one_ticket(tab_of, scripts):
    subject = f"双击 {'有' if scripts else '无'}脚本"
    tab = tab_of("creator", scripts=scripts).goto(f"{TICKETS}/new")
    tab.fill(subject=subject, sql="SELECT 1 FROM orders WHERE id = 1 LIMIT 1")
    tab.css(".ticket-form button.btn-primary").dblclick(no_wait_after=True)
    tab.css("[data-step]").first.wait_for()  # without scripts the second post ends the first one
    tab.goto(f"{TICKETS}?keyword={subject}")
    assert tab.css("[data-ticket]").count() == 1


def test_the_first_wrong_field_has_the_focus(tab_of):
    tab = tab_of("creator").goto(f"{TICKETS}/new").fill(subject="没有语句").press("提交")
    assert tab.css("[name=subject]").input_value() == "没有语句"
    assert _focused(tab) == "sql"


def _focused(tab: Tab) -> str:
    return tab.page.evaluate("() => document.activeElement.name")
