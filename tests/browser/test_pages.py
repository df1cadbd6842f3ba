"""Every page, on a desk and on a phone: accessible, silent, within the screen, light."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.tab import Tab

LARGEST_PAGE = 150_000
MOST_REQUESTS = 12
RULES = [
    "wcag2a",
    "wcag2aa",
    "wcag21a",
    "wcag21aa",
    "wcag22aa",
    "best-practice",
]
RUN_AXE = """async (rules) => {
  const result = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
  return result.violations.map(rule => [rule.id, rule.help, rule.nodes.map(node => node.target)]);
}"""
# Answers that are no pages: a file, a redirect, a line for machines, what pages are made of.
NO_PAGES = {"tickets.sql", "settings.index", "health.healthz", "static", "bootstrap.static"}
TICKETS = "/projects/pay/tickets"

# name, who looks, where
PAGES = [
    ("login", "", "/login"),
    ("login, then on", "", "/login?next=/projects"),
    ("dashboard", "lead", "/"),
    ("dashboard of the creator", "creator", "/"),
    ("dashboard of a stranger", "stranger", "/"),
    ("account", "lead", "/account"),
    ("account, password to be changed", "newcomer", "/account"),
    ("projects", "boss", "/projects"),
    ("projects of a stranger", "stranger", "/projects"),
    ("new project", "boss", "/projects/new"),
    ("project", "boss", "/projects/pay"),
    ("project, seen by a member", "lead", "/projects/pay"),
    ("project without anybody", "boss", "/projects/empty"),
    ("flow", "boss", "/projects/pay/flow"),
    ("flow, seen by a member", "lead", "/projects/pay/flow"),
    ("flow not set", "boss", "/projects/empty/flow"),
    ("data sources", "boss", "/projects/pay/datasources"),
    ("data sources, none", "boss", "/projects/empty/datasources"),
    ("new data source", "boss", "/projects/pay/datasources/new"),
    ("data source", "boss", "/projects/pay/datasources/1"),
    ("tickets", "creator", TICKETS),
    ("tickets of two pages", "creator", "/projects/ops/tickets"),
    ("tickets, second page", "creator", "/projects/ops/tickets?before=6"),
    ("tickets, filtered", "creator", f"{TICKETS}?status=rejected&keyword=索引&creator=creator"),
    ("tickets, nothing found", "creator", f"{TICKETS}?keyword=nowhere"),
    ("tickets, none", "boss", "/projects/empty/tickets"),
    ("new ticket", "creator", f"{TICKETS}/new"),
    ("new ticket of somebody without a phone", "boss", f"{TICKETS}/new"),
    ("new ticket without a flow", "boss", "/projects/empty/tickets/new"),
    ("ticket for its approver", "lead", "ticket: waiting"),
    ("ticket for its creator", "creator", "ticket: waiting"),
    ("ticket at its second step", "dba", "ticket: second step"),
    ("ticket to be put online", "operator", "ticket: ready"),
    ("ticket finished", "creator", "ticket: finished"),
    ("ticket closed", "creator", "ticket: closed"),
    ("ticket rejected", "creator", "ticket: rejected"),
    ("ticket edited", "lead", "ticket: edited"),
    ("ticket with a broken card", "boss", "ticket: broken"),
    ("ticket with a failed delivery", "creator", "ticket: failed"),
    ("ticket with odd values", "lead", "ticket: odd"),
    ("integrations", "boss", "/settings/integrations"),
    ("global values", "boss", "/settings/global"),
    ("members", "boss", "/settings/members"),
    ("members, second page", "boss", "/settings/members?after=member15"),
    ("members, nobody found", "boss", "/settings/members?q=nowhere"),
    ("new member", "boss", "/settings/members/new"),
    ("member", "boss", "/settings/members/2"),
    ("deliveries", "boss", "/settings/deliveries"),
    ("deliveries, failed", "boss", "/settings/deliveries?state=failed"),
    ("deliveries, none", "boss", "/settings/deliveries?state=sending"),
    ("records", "boss", "/settings/records"),
    ("records, none", "boss", "/settings/records?actor=nobody"),
    ("forbidden (403)", "lead", "/settings/members"),
    ("not found (404)", "lead", "/projects/empty/tickets"),
    ("wrong method (405)", "lead", "/logout"),
]

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
    ("global values", "boss", "/settings/global", "main form", {"url_prefix": "ftp://x"}),
    ("member", "boss", "/settings/members/new", "main form", {"email": "no"}),
]


@pytest.mark.parametrize(("name", "who", "where"), PAGES, ids=[page[0] for page in PAGES])
def test_page(company, tab_of, name, who, where):
    """As somebody finds it who opens it."""
    tab = tab_of(who).goto(_path(company, where))
    wanted = re.findall(r"\((\d+)\)", name) or [200]
    assert tab.answers[0].status == int(wanted[0])
    _light(tab)
    _fits_and_is_accessible(tab, name)


@pytest.mark.parametrize(
    ("name", "who", "where", "form", "typed"), REFUSED, ids=[page[0] for page in REFUSED]
)
def test_refused_form(company, tab_of, name, who, where, form, typed):
    """With what was typed and the sentences beside it."""
    tab = tab_of(who).goto(_path(company, where))
    tab.css("main details").evaluate_all("parts => parts.forEach(part => { part.open = true; })")
    tab.fill(form, **typed)
    tab.follow(tab.css(f"{form} button.btn-primary, {form} button.btn-danger").last)
    assert tab.answers[-1].request.method == "POST" or tab.css("[data-error]").count()
    assert tab.css("[data-error]").first.is_visible()
    kept = {key: value for key, value in typed.items() if "password" not in key}
    for key, value in kept.items():
        assert tab.css(f"{form} [name='{key}']").input_value() == value
    _fits_and_is_accessible(tab, f"refused {name}")


def test_the_test_buttons_lines(company, tab_of):
    """Every check line of a card whose values are right, and of one whose secret is wrong."""
    tab = tab_of("boss").goto("/settings/integrations").press("测试联通性")
    assert tab.css("[data-check=credentials]").get_attribute("data-result") == "ok"
    _fits_and_is_accessible(tab, "tested")
    tab.fill("#dingtalk", app_secret="wrong").press("测试联通性")
    assert tab.css("[data-check=credentials]").get_attribute("data-result") == "fail"
    _fits_and_is_accessible(tab, "tested with a wrong secret")


def test_no_page_is_missing(company):
    """The list above has every page of the app."""
    app: Flask = company.world.app
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in rule.methods}
    router = app.url_map.bind("portal")
    paths = [_path(company, where).partition("?")[0] for _name, _who, where in PAGES]
    seen = {router.match(path, method=_method(path))[0] for path in paths}
    assert pages - seen == NO_PAGES


def _method(path: str) -> str:
    return "POST" if path == "/logout" else "GET"


def _path(company, where: str) -> str:
    if where.startswith("ticket: "):
        return f"{TICKETS}/{company.numbers[where.removeprefix('ticket: ')]}"
    return where


def _light(tab: Tab) -> None:
    """By what came over the wire to a browser that has seen nothing of us before."""
    sizes = {}
    for answer in tab.answers:
        parts = answer.request.sizes()
        sizes[answer.url] = parts["responseBodySize"] + parts["responseHeadersSize"]
    assert len(tab.answers) <= MOST_REQUESTS, list(sizes)
    assert sum(sizes.values()) <= LARGEST_PAGE, sizes


def _fits_and_is_accessible(tab: Tab, name: str) -> None:
    tab.page.evaluate(AXE_SCRIPT)
    for size, screen in (("desk", DESKTOP), ("phone", PHONE)):
        tab.page.set_viewport_size(screen)
        _keep_picture(tab, f"{name} - {size}")
        overflow = tab.page.evaluate(
            "() => document.scrollingElement.scrollWidth - window.innerWidth"
        )
        assert overflow <= 0, f"{size}: {overflow} px wider than the screen"
        found = tab.page.evaluate(RUN_AXE, RULES)
        assert found == [], f"{size}: {found}"


def _keep_picture(tab: Tab, name: str) -> None:
    """For people: PORTAL_PICTURES=<folder> keeps a picture of every page."""
    folder = os.environ.get("PORTAL_PICTURES")
    if folder:
        tab.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
