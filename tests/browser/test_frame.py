"""The frame in a real browser: the menu on phones, and what the small script adds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.processes import Served, served
from tests.browser.tab import Tab


@pytest.fixture(scope="module")
def portal(tmp_path_factory) -> Iterator[Served]:
    """One portal for all of these: they change nothing that another one looks at."""
    with served(tmp_path_factory.mktemp("frame")) as running:
        yield running


def sign_in(tab: Tab, password: str) -> Tab:
    tab.goto("/login?next=/account").fill(username="admin", password=password)
    return tab.press("登录")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_menu_opens_and_closes_on_a_phone(portal, open_tab, scripts):
    tab = sign_in(open_tab(portal.portal, phone=True, scripts=scripts), portal.admin_password)
    assert not tab.css("#sidebar").is_visible()
    tab.css("#menu-open").click()
    tab.css("#sidebar").wait_for(state="visible")
    tab.css("#menu-close").click()
    tab.css("#sidebar").wait_for(state="hidden")
    tab.css("#menu-open").click()
    tab.follow(tab.css("#sidebar a[href='/projects']"))
    assert tab.path == "/projects"
    assert not tab.css("#sidebar").is_visible()
    if scripts:
        tab.css("#menu-open").click()
        tab.page.keyboard.press("Escape")
        tab.css("#sidebar").wait_for(state="hidden")
        assert tab.page.evaluate("document.activeElement.id") == "menu-open"


def test_the_script_shows_passwords_asks_first_and_sends_once(portal, open_tab):
    tab = sign_in(open_tab(portal.portal), portal.admin_password)
    other = sign_in(open_tab(portal.portal), portal.admin_password)

    field, toggle = tab.css("#new_password"), tab.css("[data-reveal=new_password]")
    toggle.click()
    assert field.get_attribute("type") == "text"
    assert toggle.get_attribute("aria-pressed") == "true"
    toggle.click()
    assert field.get_attribute("type") == "password"

    tab.goto("/account")
    end = tab.css("form[action='/account/sessions/end'] button")
    tab.page.once("dialog", lambda dialog: dialog.dismiss())
    end.click()
    assert other.goto("/account").path == "/account"  # not sure: nothing was sent
    tab.page.once("dialog", lambda dialog: dialog.accept())
    tab.follow(end)
    assert other.goto("/account").path == "/login"

    posts = []
    tab.page.on("request", lambda request: posts.append(request) if request.method == "POST" else 0)
    tab.fill(name="管理员二")
    with tab.page.expect_navigation():
        tab.css("form[action='/account'] button[type=submit]").dblclick()
    assert tab.css("[data-flash=success]").count() == 1
    assert len(posts) == 1


def test_without_scripts_everything_is_there(portal, open_tab):
    tab = sign_in(open_tab(portal.portal, scripts=False), portal.admin_password)
    assert not tab.css("[data-reveal]").first.is_visible()
    tab.css(".chooser summary").click()
    assert tab.css(".chooser a").first.is_visible()
    tab.css("form[action='/account'] [name=phone]").fill("nonsense")
    tab.press("保存")
    assert tab.css("[data-error=phone]").is_visible()
    tab.follow(tab.css("form[action='/logout'] button"))
    assert tab.path == "/login"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_keyboard_alone_gets_in_and_sees_where_it_is(portal, open_tab, scripts):
    tab = open_tab(portal.portal, scripts=scripts).goto("/login?next=/account")
    keys = tab.page.keyboard
    keys.type("admin")  # the first field has the focus
    keys.press("Tab")
    keys.type(portal.admin_password)
    with tab.page.expect_navigation():
        keys.press("Enter")
    keys.press("Tab")
    assert tab.css(".skip-link").bounding_box()["y"] >= 0
    for _step in range(12):
        ring = tab.page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement);"
            " return s.outlineStyle !== 'none' || s.boxShadow !== 'none'; })()"
        )
        assert ring, tab.page.evaluate("document.activeElement.outerHTML")
        keys.press("Tab")
