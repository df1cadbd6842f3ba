"""The battery of reliability.md §3.5 once through the form: save and test, 0 connections."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.models import ProviderSetting
from tests.canary import Canary
from tests.coding.test_card import SAVE, lines
from tests.kit.test_outside import Resolver
from tests.raw_servers import RawServer, answer, says
from tests.ssrf import PAYLOADS, names

TOKEN = "CANARY-token-of-ssrf-77d0"


@pytest.fixture
def environment():
    return {"ALLOW_LOOPBACK": "0", "HTTP_TIMEOUT": "2"}


@pytest.fixture
def canary():
    made = Canary()
    yield made
    made.close()


def post(admin, path, url, status=422):
    fields = {"enabled": "y", "service_url": url, "token": TOKEN, "project_name": "shop"}
    return admin.post(path, fields, status=status)


def is_kept(app) -> bool:
    with app.app_context():
        query = db.select(ProviderSetting).filter_by(provider="coding")
        return db.session.scalar(query) is not None


@pytest.mark.parametrize("payload", PAYLOADS, ids=names())
def test_no_button_of_the_form_reaches_the_canary(app, admin, canary, payload):
    url = payload.format(port=canary.port)
    for path in (SAVE, f"{SAVE}/test"):
        page = post(admin, path, url)
        assert list(page.errors) == ["service_url"]
        assert TOKEN not in page.html
    assert canary.connections() == 0
    assert not is_kept(app)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["10.0.0.5"]])
def test_a_name_that_leads_inside_is_refused_when_it_is_tested(
    admin, canary, monkeypatch, addresses
):
    Resolver(monkeypatch, addresses, port=canary.port)
    page = post(admin, f"{SAVE}/test", "https://localtest.me:8443", 200)
    assert lines(page)["address"] == "fail"
    assert "PORTAL_ALLOWED_NETWORKS" in page.one('[data-check="address"]').get_text()
    assert canary.connections() == 0


class TestWithLoopbackAllowed:
    """What --demo sets: here a redirect has somebody to come from, and the canary can be hit."""

    @pytest.fixture
    def environment(self):
        return {"ALLOW_LOOPBACK": "1", "HTTP_TIMEOUT": "2"}

    def test_a_redirect_inside_is_not_followed(self, admin, canary):
        target = f"Location: http://127.0.0.1:{canary.port}/"
        with RawServer(says(answer(b"", "302 Found", target))) as server:
            page = post(admin, f"{SAVE}/test", server.url, 200)
        assert lines(page)["address"] == "fail"
        assert "跳转" in page.one('[data-check="address"]').get_text()
        assert canary.connections() == 0

    def test_the_canary_does_count(self, admin, canary):
        """The sabotage: without the rule about this machine it is reached."""
        page = post(admin, f"{SAVE}/test", f"http://127.0.0.1:{canary.port}", 200)
        assert lines(page)["address"] == "fail"
        assert canary.connections() >= 1

    @pytest.mark.parametrize("port", [22, 3306, 6379])
    def test_no_port_of_a_service(self, admin, port):
        page = post(admin, SAVE, f"http://127.0.0.1:{port}")
        assert "端口" in page.errors["service_url"]
