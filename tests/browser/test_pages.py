"""Every page as somebody finds it who opens it."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.browser.company import TICKETS
from tests.browser.look import fits_and_is_accessible, is_light

# Answers that are no pages: a file, a redirect, a line for machines, what pages are made of.
NO_PAGES = {
    "tickets.sql", "tickets.audit_csv", "problems.export", "settings.index", "health.healthz",
    "metrics.metrics",
    "static", "bootstrap.static",
}  # fmt: skip

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
    ("rules", "boss", "/projects/pay/rules"),
    ("rules, unfolded", "boss", "/projects/pay/rules?all=1"),
    ("rules, seen by a member", "lead", "/projects/pay/rules?all=1"),
    ("rules, narrowed", "boss", "/projects/pay/rules/search?db=sqlite&level=error"),
    ("rules, nothing found", "boss", "/projects/pay/rules/search?q=nowhere"),
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
    ("new ticket that reaches nobody", "creator", "/projects/lost/tickets/new"),
    ("new ticket without a flow", "boss", "/projects/empty/tickets/new"),
    ("ticket for its approver", "lead", "ticket: waiting"),
    ("ticket for its creator", "creator", "ticket: waiting"),
    ("ticket at its second step", "dba", "ticket: second step"),
    ("ticket agreed in Feishu", "dba", "ticket: agreed in feishu"),
    ("ticket to be put online", "operator", "ticket: ready"),
    ("ticket finished", "creator", "ticket: finished"),
    ("ticket closed", "creator", "ticket: closed"),
    ("ticket rejected", "creator", "ticket: rejected"),
    ("ticket edited", "lead", "ticket: edited"),
    ("ticket with a broken card", "boss", "ticket: broken"),
    ("ticket with a failed delivery", "creator", "ticket: failed"),
    ("ticket with odd values", "lead", "ticket: odd"),
    ("ticket of several data sources", "lead", "ticket: several"),
    ("ticket of several, rejected", "creator", "ticket: several, rejected"),
    ("ticket of several, to be run", "operator", "ticket: several, to be run"),
    ("ticket that is run", "operator", "ticket: under way"),
    ("ticket that is run, for its creator", "creator", "ticket: under way"),
    ("ticket that was run", "creator", "ticket: run"),
    ("ticket whose run failed", "operator", "ticket: run, failed"),
    ("ticket of several, failed", "operator", "ticket: run, several"),
    ("ticket with an unknown outcome", "operator", "ticket: unknown"),
    ("ticket with an unknown outcome, for its creator", "creator", "ticket: unknown"),
    ("ticket with a settled outcome", "operator", "ticket: settled"),
    ("ticket scheduled", "operator", "ticket: scheduled"),
    ("ticket scheduled, for its creator", "creator", "ticket: scheduled"),
    ("ticket that asks for confirmation", "operator", "ticket: asking"),
    ("ticket that nobody confirmed", "operator", "ticket: lapsed"),
    ("ticket given back", "operator", "ticket: given back"),
    ("project that asks before a run", "boss", "/projects/night"),
    ("problems", "creator", "/projects/pay/problems"),
    ("problems, filtered", "boss", "/projects/pay/problems?level=error&push=none"),
    ("problems, second page", "creator", "/projects/pay/problems?before=3"),
    ("problems, none", "boss", "/projects/empty/problems"),
    ("problem", "lead", "/projects/pay/problems/1"),
    ("integrations", "boss", "/settings/integrations"),
    ("global values", "boss", "/settings/global"),
    ("members", "boss", "/settings/members"),
    ("members, second page", "boss", "/settings/members?after=member15"),
    ("members, nobody found", "boss", "/settings/members?q=nowhere"),
    ("new member", "boss", "/settings/members/new"),
    ("member", "boss", "/settings/members/2"),
    ("mapping", "boss", "/settings/mapping"),
    ("mapping, second page", "boss", "/settings/mapping?after=member10"),
    ("mapping, nobody found", "boss", "/settings/mapping?q=nowhere"),
    ("deliveries", "boss", "/settings/deliveries"),
    ("deliveries without a ticket", "boss", "/settings/deliveries?before=5"),
    ("deliveries, failed", "boss", "/settings/deliveries?state=failed"),
    ("deliveries, none", "boss", "/settings/deliveries?state=sending"),
    ("records", "boss", "/settings/records"),
    ("records, none", "boss", "/settings/records?actor=nobody"),
    ("status", "boss", "/settings/status"),
    ("forbidden (403)", "lead", "/settings/members"),
    ("not found (404)", "lead", "/projects/empty/tickets"),
    ("wrong method (405)", "lead", "/logout"),
]


@pytest.mark.parametrize(("name", "who", "where"), PAGES, ids=[page[0] for page in PAGES])
def test_page(company, tab_of, name, who, where):
    """As somebody finds it who opens it."""
    tab = tab_of(who).goto(company.path(where))
    wanted = re.findall(r"\((\d+)\)", name) or [200]
    assert tab.answers[0].status == int(wanted[0])
    is_light(tab)
    fits_and_is_accessible(tab, name)


def test_no_page_is_missing(company):
    """The list above has every page of the app."""
    app: Flask = company.world.app
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in rule.methods}
    router = app.url_map.bind("portal")
    paths = [company.path(where).partition("?")[0] for _name, _who, where in PAGES]
    seen = {router.match(path, method=_method(path))[0] for path in paths}
    assert pages - seen == NO_PAGES


def _method(path: str) -> str:
    return "POST" if path == "/logout" else "GET"
