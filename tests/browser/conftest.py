"""One chromium for the whole folder, tabs in contexts of their own, served portals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.company import Company, settled
from tests.browser.processes import Served, served
from tests.browser.tab import DESKTOP, PHONE, Tab

CHROMIUM = "/usr/bin/chromium"
SWITCHES = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    """Everything in this folder drives the browser."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's chromium."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, args=SWITCHES, ignore_default_args=["--headless"]
        )
        yield browser
        browser.close()


@pytest.fixture
def open_tab(chromium) -> Iterator[Callable[..., Tab]]:
    """open_tab(base, phone=False, scripts=True, state=None) → a Tab of a new context.

    state: the cookies of somebody who is signed in. At the end no tab may have seen a fault.
    """
    tabs: list[Tab] = []

    def open_one(base: str, phone=False, scripts=True, state=None, **options) -> Tab:
        context = chromium.new_context(
            viewport=PHONE if phone else DESKTOP,
            java_script_enabled=scripts,
            storage_state=state,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            **options,
        )
        tabs.append(Tab(context.new_page(), base))
        return tabs[-1]

    yield open_one
    for tab in tabs:
        tab.page.context.close()
    assert [fault for tab in tabs for fault in tab.faults] == []


@pytest.fixture
def fresh(tmp_path) -> Iterator[Served]:
    """A portal that was started for the first time, just now."""
    with served(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def company(tmp_path_factory, password_hash) -> Iterator[Company]:
    """A served portal full of work; tests that change it do so to a ticket of their own."""
    folder = tmp_path_factory.mktemp("company")
    with served(folder) as running:
        yield settled(running, folder, password_hash)


@pytest.fixture(scope="session")
def cookies(company, chromium) -> Callable[[str], dict]:
    """cookies("lead") → the cookies of that member, signed in once through the form."""

    @cache
    def of(username: str) -> dict:
        context = chromium.new_context()
        tab = Tab(context.new_page(), company.served.portal).goto("/login")
        tab.fill(username=username, password=company.served.admin_password).press("登录")
        state = context.storage_state()
        context.close()
        return state

    return of


@pytest.fixture
def tab_of(company, open_tab, cookies) -> Callable[..., Tab]:
    """tab_of("lead", **options of open_tab) → a Tab in which this member is signed in."""

    def open_for(username: str, **options) -> Tab:
        state = cookies(username) if username else None
        return open_tab(company.served.portal, state=state, **options)

    return open_for
