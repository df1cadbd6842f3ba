"""The ticket's page by keyboard and by thumb."""

from __future__ import annotations

import pytest

from tests.browser.company import TICKETS
from tests.browser.tab import Tab

MOST_STOPS = 80
# Everything that a keyboard must reach gets a number; what is folded away is not there.
NUMBER_CONTROLS = """() => {
  const inputs = "button, input:not([type=hidden]), select, textarea";
  let count = 0;
  for (const one of document.querySelectorAll(`a[href], summary, [tabindex='0'], ${inputs}`)) {
    if (one.checkVisibility({visibilityProperty: true})) one.dataset.stop = count++;
  }
  return count;
}"""
# Where the focus is, whether it shows, and whether something lies over it.
LOOK_AT_FOCUS = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const within = (value, most) => Math.min(Math.max(value, 1), most - 2);
  const top = document.elementFromPoint(
    within(box.x + box.width / 2, innerWidth),
    within(box.y + Math.min(box.height / 2, 20), innerHeight));
  const isOutlined = style.outlineStyle !== "none" && style.outlineWidth !== "0px";
  return {
    stop: one.dataset.stop ?? null,
    name: one.outerHTML.slice(0, 120),
    shows: isOutlined || style.boxShadow !== "none",
    isOnTop: one.contains(top) || (top !== null && top.contains(one)),
  };
}"""
# Controls that stand alone; links within a sentence may be as small as its letters.
SMALL_TARGETS = """() => [...document.querySelectorAll(
    "button, summary, input:not([type=hidden]), select, textarea, a.btn, nav a")]
  .filter(one => one.checkVisibility({visibilityProperty: true}))
  .map(one => [one.getBoundingClientRect(), one.outerHTML.slice(0, 120)])
  .filter(([box]) => box.width < 24 || box.height < 24)
  .map(([box, name]) => `${box.width} x ${box.height}: ${name}`)"""


@pytest.fixture
def ticket(company) -> str:
    """The path of a ticket of this test's own, waiting for lead or owner."""
    company.file("own", subject="给键盘和手机的工单")
    return company.path("ticket: own")


def test_the_skip_link_leads_to_the_page(tab_of, ticket):
    """First stop; it shows itself there, and the next stop lies in the page."""
    tab = tab_of("lead").goto(ticket)
    tab.page.keyboard.press("Tab")
    link = tab.css(".skip-link:focus")
    assert link.bounding_box()["y"] >= 0
    tab.page.keyboard.press("Enter")
    tab.page.keyboard.press("Tab")
    assert tab.css("main :focus").count() == 1


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
@pytest.mark.parametrize(
    ("who", "where"),
    [
        ("lead", "ticket: own"),
        ("operator", "ticket: several, to be run"),
        ("chief", "/settings/integrations"),
        ("boss", "/settings/mapping?q=l"),
    ],
    ids=["ticket", "ticket to be run", "integrations", "mapping"],
)
@pytest.mark.usefixtures("ticket")
def test_tab_reaches_every_control_and_shows_where_it_is(company, tab_of, who, where, phone):
    tab = tab_of(who, phone=phone).goto(company.path(where))
    expected = {str(number) for number in range(tab.page.evaluate(NUMBER_CONTROLS))}
    assert len(expected) > 10
    seen: set[str] = set()
    for _stop in range(MOST_STOPS):
        tab.page.keyboard.press("Tab")
        focus = tab.page.evaluate(LOOK_AT_FOCUS)
        if focus["stop"] is None or focus["stop"] in seen:
            break
        assert focus["shows"], f"no visible focus: {focus['name']}"
        assert focus["isOnTop"], f"covered: {focus['name']}"
        seen.add(focus["stop"])
    assert seen == expected


def test_a_ticket_is_approved_without_a_mouse(tab_of, ticket):
    tab = tab_of("lead").goto(ticket)
    _tab_to(tab, "#approve-form textarea")
    tab.page.keyboard.type("看过了，可以")
    _tab_to(tab, "#approve-form button")
    with tab.page.expect_navigation():
        tab.page.keyboard.press("Enter")
    step = tab.css("[data-step='1']")
    assert step.get_attribute("data-state") == "approved"
    assert step.get_attribute("data-via") == "portal"
    assert "看过了，可以" in step.inner_text()


def _tab_to(tab: Tab, selector: str) -> None:
    for _stop in range(MOST_STOPS):
        tab.page.keyboard.press("Tab")
        if tab.css(f"{selector}:focus").count():
            return
    raise AssertionError(f"Tab never came to {selector}")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_thumb_approves_without_scrolling(tab_of, ticket, scripts):
    tab = tab_of("lead", phone=True, scripts=scripts, has_touch=True).goto(ticket)
    agree = tab.css(".reach button")
    box = agree.bounding_box()
    assert box["y"] + box["height"] <= 740
    assert box["height"] >= 44
    with tab.page.expect_navigation():
        agree.tap()
    assert tab.css("[data-step='1']").get_attribute("data-state") == "approved"


def test_a_thumb_refuses_with_a_reason(tab_of, ticket):
    tab = tab_of("lead", phone=True, has_touch=True).goto(ticket)
    tab.css(".reach a").tap()
    tab.page.wait_for_function(
        "() => document.querySelector('#reject-form').getBoundingClientRect().top < innerHeight / 2"
    )
    tab.fill("#reject-form", reason="请加上 WHERE")
    with tab.page.expect_navigation():
        tab.css("#reject-form button").tap()
    assert tab.css("[data-step='1']").get_attribute("data-state") == "rejected"
    assert "请加上 WHERE" in tab.text()


def test_targets_are_large_enough(tab_of, company, ticket):
    for who, where in (
        ("lead", ticket),
        ("creator", company.path("ticket: rejected")),
        ("operator", company.path("ticket: ready")),
        ("operator", company.path("ticket: asking")),
        ("operator", company.path("ticket: unknown")),
        ("creator", f"{TICKETS}/new"),
        ("boss", company.path("ticket: broken")),
        ("boss", "/projects/pay"),
        ("boss", "/settings/integrations"),
        ("boss", "/settings/mapping"),
        ("boss", "/settings/deliveries"),
    ):
        tab = tab_of(who, phone=True).goto(where)
        assert tab.page.evaluate(SMALL_TARGETS) == [], where
