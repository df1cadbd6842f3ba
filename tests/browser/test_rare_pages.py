"""Pages that are answers to something: refused forms, tests, pauses, the first start."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.extensions import db
from portal.kit.clock import utc_now
from portal.models import AppHealth
from portal.sandbox.seed import DEFAULT_APP_KEY
from tests.browser.company import TICKETS
from tests.browser.look import fits_and_is_accessible
from tests.platforms import FEISHU, PLATFORMS
from tests.world import Sandbox

# name, who, where, the form that is sent, what was typed into it
REFUSED = [
    ("login", "", "/login", "main form", {"username": "lead", "password": "wrong"}),
    ("account", "lead", "/account", "form[action='/account']", {"phone": "12"}),
    (
        "password",
        "lead",
        "/account",
        "form[action='/account/password']",
        {"current_password": "wrong", "new_password": "short"},
    ),
    ("project", "boss", "/projects/new", "main form", {"name": "Not A Name"}),
    ("flow", "boss", "/projects/empty/flow", "main form", {}),
    ("data source", "boss", "/projects/pay/datasources/new", "main form", {"port": "99999"}),
    ("ticket", "creator", f"{TICKETS}/new", "main .ticket-form", {"sql": "SELECT 'unclosed"}),
    ("rejection", "lead", "ticket: waiting", "#reject-form", {}),
    ("edit", "creator", "ticket: rejected", "#resubmit form", {"subject": "", "sql": ""}),
    ("close", "creator", "ticket: waiting", "#close form", {}),
    ("card", "boss", "/settings/integrations", "#dingtalk form", {"app_key": "another"}),
    ("Feishu's card", "boss", "/settings/integrations", "#feishu form", {"app_id": "another"}),
    ("global values", "boss", "/settings/global", "main form", {"url_prefix": "ftp://x"}),
    ("member", "boss", "/settings/members/new", "main form", {"email": "no"}),
    ("schedule", "operator", "ticket: ready", "#schedule", {"at": "2020-01-01T00:00"}),
    ("refusal of a run", "operator", "ticket: several, to be run", "#reject-form", {}),
]


@pytest.mark.parametrize(
    ("name", "who", "where", "form", "typed"), REFUSED, ids=[page[0] for page in REFUSED]
)
def test_refused_form(company, tab_of, name, who, where, form, typed):
    """With what was typed and the sentences beside it."""
    tab = tab_of(who).goto(company.path(where))
    tab.css("main details").evaluate_all("parts => parts.forEach(part => { part.open = true; })")
    tab.fill(form, **typed)
    tab.follow(tab.css(f"{form} button.btn-primary, {form} button.btn-danger").last)
    assert tab.answers[-1].request.method == "POST" or tab.css("[data-error]").count()
    assert tab.css("[data-error]").first.is_visible()
    kept = {key: value for key, value in typed.items() if "password" not in key}
    for key, value in kept.items():
        assert tab.css(f"{form} [name='{key}']").input_value() == value
    fits_and_is_accessible(tab, f"refused {name}")


def test_a_data_source_that_was_tested(tab_of):
    """Line by line, over the form that still holds what was typed."""
    tab = tab_of("boss").goto("/projects/pay/datasources/new")
    typed = {"name": "新库", "host": "127.0.0.1", "port": "9", "username": "app"}
    tab.fill(password="CANARY-typed", **typed).press("测试连接")
    assert tab.css("[data-check=address]").get_attribute("data-result") == "fail"
    assert "CANARY" not in tab.page.content()
    for name, value in typed.items():
        assert tab.css(f"[name={name}]").input_value() == value
    fits_and_is_accessible(tab, "data source tested")
    tab.goto("/projects/ops/datasources")
    tab.follow(tab.css("[data-datasource] a"))
    tab.press("测试连接")
    assert tab.css("[data-check=address]").get_attribute("data-result") == "fail"
    fits_and_is_accessible(tab, "data source tested, a missing file")


def test_rules_that_were_changed_and_come_back(tab_of):
    tab = tab_of("boss").goto("/projects/ops/rules")
    tab.css(".rule-group summary").first.click()
    tab.css("[name='rule-select_star']").select_option("off")
    tab.press("提交")
    assert tab.css("[data-rule=select_star]").is_visible()
    assert "已改动，默认" in tab.text("[data-rule=select_star]")
    fits_and_is_accessible(tab, "rules, changed")
    tab.page.once("dialog", lambda dialog: dialog.accept())
    tab.press("恢复默认")
    assert tab.css(".rule-changed").count() == 0


def test_a_paused_app_says_why(company, tab_of):
    """The card of an app that may not call, and the deliveries that wait for it."""
    with company.world.rules():
        pause = AppHealth(
            provider="dingtalk",
            app_key=DEFAULT_APP_KEY,
            paused_until=utc_now() + timedelta(days=1),
            reason="quota",
            message="接口调用次数超限",
        )
        health = db.session.scalar(db.select(AppHealth).filter_by(app_key=DEFAULT_APP_KEY))
        if health is not None:
            db.session.delete(health)
            db.session.flush()
        db.session.add(pause)
    try:
        company.file("paused", subject="暂停时提交")
        tab = tab_of("boss").goto("/settings/integrations")
        assert "接口调用次数超限" in tab.text("#dingtalk")
        fits_and_is_accessible(tab, "integrations, paused")
        fits_and_is_accessible(tab.goto(company.path("ticket: paused")), "ticket, paused")
    finally:
        with company.world.rules():
            db.session.execute(db.delete(AppHealth))


def test_a_stale_form_is_answered_with_a_page(tab_of):
    tab = tab_of("lead").goto("/account")
    tab.css("[name=csrf_token]").evaluate_all("fields => fields.forEach(f => { f.value = 'old'; })")
    tab.follow(tab.css("form[action='/account'] button[type=submit]"))
    assert tab.answers[-1].status == 400 or "400" in tab.text()
    fits_and_is_accessible(tab, "stale form (400)")


def test_the_pages_of_the_first_start(fresh, open_tab):
    """Nothing is filled in yet; the switch has just been turned on."""
    tab = open_tab(fresh.portal).goto("/login")
    tab.fill(username="admin", password=fresh.admin_password).press("登录")
    for path in (
        "/",
        "/projects",
        "/projects/default/flow",
        "/projects/default/tickets/new",
        "/settings/deliveries",
        "/settings/records",
        "/settings/mapping",
        "/settings/integrations",
    ):
        name = f"first start{path.replace('/', ' ')}"
        fits_and_is_accessible(tab.goto(path), name)
    for provider in PLATFORMS:
        tab.css(f"#{provider} [name=enabled]").check()
        tab.css(f"#{provider} .how > summary").click()
    fits_and_is_accessible(tab, "integrations, switched on")
    tab.press("测试联通性", "#feishu")
    assert tab.css("#feishu [data-error=app_id]").is_visible()
    fits_and_is_accessible(tab, "integrations, tested empty")


def test_a_template_in_the_making_gets_ready_by_itself(fresh, open_tab):
    tab = open_tab(fresh.portal).goto("/login")
    tab.fill(username="admin", password=fresh.admin_password).press("登录")
    Sandbox(fresh.sandbox).fault("delay", FEISHU.template, seconds=6)
    tab.goto("/settings/integrations").css("#feishu [name=enabled]").check()
    tab.fill("#feishu", app_id=FEISHU.app_key, app_secret=FEISHU.app_secret)
    tab.press("提交", "#feishu")
    assert "正在创建…" in tab.text("#feishu-facts")
    fits_and_is_accessible(tab, "template in the making")
    tab.css("#feishu-facts:has-text('已就绪')").wait_for()
    assert tab.css("[data-refresh]").count() == 0
