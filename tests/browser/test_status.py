"""系统状态 when much is wrong, and what a restored portal's tickets say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain import app_health, restored
from portal.domain.provider import Kind, ProviderError
from portal.extensions import db
from portal.kit.clock import utc_now
from portal.models import Heartbeat, PortalSetting
from tests.browser.look import fits_and_is_accessible
from tests.browser.tab import PHONE
from tests.platforms import PLATFORMS

LONG = "Forbidden.AccessDenied.AccessTokenPermissionDenied.QuotaOfThisMonthIsUsedUp " * 3


@pytest.fixture
def broken(company):
    """A platform is paused, and another machine says that it uses the same SQLite file."""
    there = "process:0123456789ab:0"
    keys = {name: one.app_key for name, one in PLATFORMS.items()}
    with company.world.rules():
        error = ProviderError("dingtalk", "90020", LONG, Kind.QUOTA)
        app_health.failed(app_health.Leave("dingtalk", keys["dingtalk"]), error)
        host = "a-host-with-a-long-name.internal.example.com"
        db.session.merge(Heartbeat(name=there, at=utc_now() + timedelta(minutes=5), host=host))
    yield
    with company.world.rules():
        app_health.clear("dingtalk", keys["dingtalk"])
        db.session.execute(db.delete(Heartbeat).filter_by(name=there))


@pytest.fixture
def restored_just_now(company):
    with company.world.rules():
        restored.remember(utc_now(), utc_now() - timedelta(hours=9))
    yield
    with company.world.rules():
        db.session.delete(db.session.get_one(PortalSetting, restored.KEY))


def test_the_status_of_a_portal_in_trouble(tab_of, broken):
    tab = tab_of("boss").goto("/settings/status")
    assert tab.css("[data-status=all]").get_attribute("data-result") == "fail"
    assert tab.css("[data-status=dingtalk]").get_attribute("data-result") == "fail"
    assert tab.css("[data-status=machines]").get_attribute("data-result") == "fail"
    fits_and_is_accessible(tab, "status, in trouble")


def test_a_ticket_of_a_restored_portal_warns_its_operator(company, tab_of, restored_just_now):
    tab = tab_of("operator").goto(company.path("ticket: ready"))
    assert "可能已经上线过" in tab.text("#ticket-acts")
    # Away from under the bar at the bottom of a phone's screen, as a person scrolls.
    tab.page.set_viewport_size(PHONE)
    tab.css("#ticket-acts").evaluate("part => part.scrollIntoView()")
    fits_and_is_accessible(tab, "ticket, restored")
