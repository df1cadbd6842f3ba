"""Parts that are about to change by themselves are drawn anew, and nothing else is."""

from __future__ import annotations

import pytest

from portal.domain import samples
from tests.browser.staff import CHIEF
from tests.browser.tab import Tab
from tests.browser.waiting import until

PATH = "/settings/integrations"
SAMPLE = "#feishu-sample"
DONE = f"{SAMPLE} [data-approval=approved]"
WAITING = f"{SAMPLE} [data-approval=pending]"
MARK = """() => {
  for (const one of document.querySelectorAll("section, form, .sample")) one.dataset.seen = "yes";
}"""
SECONDS = 2_000


@pytest.fixture
def sample(company):
    """The card over there of a sample that waits for chief; ended after the test."""
    world = company.world
    with world.rules():
        key = samples.send("feishu", world.member("chief"), ("phone", "email")).key
    (card,) = until(lambda: world.open_cards(key))
    until(lambda: _state(company) == "pending")
    yield card
    if world.outcome(card) == "open":
        world.sandbox.press(card["id"], "refuse", CHIEF["userid"])
    until(lambda: _state(company) not in {"queued", "pending"})


def _state(company) -> str:
    with company.world.rules():
        return samples.latest("feishu").state.value


@pytest.fixture
def agree(company, sample):
    """agree(): the sample is agreed to over there, and the portal knows."""

    def press() -> None:
        company.world.sandbox.press(sample["id"], "agree", CHIEF["userid"])
        until(lambda: _state(company) == "approved")

    return press


@pytest.fixture
def tab(tab_of, sample) -> Tab:
    """Its clock can be put forward."""
    tab = tab_of("chief")
    tab.page.clock.install()
    tab.goto(PATH)
    assert tab.css(WAITING).count() == 1
    return tab


def forward(tab: Tab, milliseconds: int = SECONDS) -> None:
    """Let so much of the page's time pass at once, and what is fetched then arrive."""
    tab.page.clock.fast_forward(milliseconds)
    tab.page.wait_for_timeout(400)


def test_only_the_part_is_drawn_anew_until_it_is_done(tab, agree):
    tab.page.evaluate(MARK)
    tab.press("编辑", "#dingtalk")
    field = tab.css("#dingtalk [name=app_key]")
    field.fill("half-typed")
    forward(tab)
    assert tab.css(f"{SAMPLE}[data-refresh]:not([data-seen])").count() == 1, "not drawn anew"
    agree()
    forward(tab)
    tab.css(DONE).wait_for()
    for kept in ("#feishu", "#dingtalk", "#dingtalk-sample", "#feishu > form"):
        assert tab.css(f"{kept}[data-seen]").count() == 1, f"{kept} was drawn anew too"
    assert field.input_value() == "half-typed"
    assert tab.page.evaluate("document.activeElement.id") == field.get_attribute("id")
    assert tab.css("[data-refresh]").count() == 0
    loaded = len(tab.answers)
    forward(tab, 60_000)
    assert len(tab.answers) == loaded, "still looking after all is done"


def test_a_part_in_use_is_left_alone_until_it_is_left(tab, agree):
    button = tab.css(f"{SAMPLE} button")
    button.focus()
    agree()
    forward(tab)
    assert tab.css(WAITING).count() == 1
    assert button.evaluate("element => element === document.activeElement")
    tab.page.keyboard.press("Tab")
    forward(tab)
    tab.css(DONE).wait_for()


def test_the_answer_to_a_test_is_kept_while_the_sample_is_drawn_anew(tab, agree):
    """That page was posted for: looking at its own address would answer nothing."""
    tab.press("测试联通性", "#feishu")
    assert tab.path == f"{PATH}/feishu/test"
    lines = tab.css("#feishu [data-check]").count()
    assert lines > 5
    agree()
    forward(tab)
    tab.css(DONE).wait_for()
    assert tab.path == f"{PATH}/feishu/test"
    assert tab.css("#feishu [data-check]").count() == lines


def _offline(tab: Tab):
    tab.page.context.set_offline(True)
    return lambda: tab.page.context.set_offline(False)


def _restarting(tab: Tab):
    def refuse(route):
        route.fulfill(status=503, body="")

    address = f"**{PATH}"
    tab.page.route(address, refuse)
    return lambda: tab.page.unroute(address, refuse)


@pytest.mark.parametrize("trouble", [_offline, _restarting], ids=["offline", "restarting"])
def test_after_trouble_it_looks_again_but_not_at_once(tab, agree, trouble):
    end = trouble(tab)
    forward(tab)
    assert tab.css(WAITING).count() == 1
    faults, tab.faults = tab.faults, []
    assert faults, "the trouble was not noticed"
    forward(tab, 3 * SECONDS)
    assert tab.faults == [], "asked again at once"
    end()
    agree()
    forward(tab, 15_000)
    tab.css(DONE).wait_for()


def test_signed_out_it_stops_and_leaves_the_page_as_it_is(tab, agree):
    tab.page.context.clear_cookies()
    agree()
    forward(tab)
    assert tab.answers[-1].status == 302
    loaded = len(tab.answers)
    forward(tab, 60_000)
    assert len(tab.answers) == loaded
    assert tab.path == PATH
    assert tab.css(WAITING).count() == 1
    tab.page.reload()
    assert tab.path == "/login"
