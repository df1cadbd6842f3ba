"""/settings/global: the portal's address and how long records are kept."""

from __future__ import annotations

import pytest

from portal.domain import settings
from portal.extensions import db
from portal.models import OperationRecord
from portal.models.provider_setting import PortalSetting

PATH = "/settings/global"


@pytest.fixture
def environment():
    return {"ALLOW_LOOPBACK": "0"}


def save(admin, status=302, **values):
    return admin.get(PATH).form(has="url_prefix").fill(**values).send(status)


def stored(app, key):
    with app.app_context():
        row = db.session.get(PortalSetting, key)
        return row.value if row else None


def test_values_are_shown_saved_and_recorded(app, admin):
    page = admin.get(PATH)
    assert page.h1 == "全局配置"
    assert "2160" in page.text
    assert "未设置" in page.text
    page = save(admin, url_prefix=" https://portal.example.com/base/ ", record_hours="720")
    assert page.flashes == [("success", "已保存。")]
    assert "https://portal.example.com/base" in page.text
    assert stored(app, "url_prefix") == "https://portal.example.com/base"
    assert stored(app, "record_hours") == "720"
    with app.app_context():
        record = db.session.scalars(
            db.select(OperationRecord).filter_by(action="global_saved")
        ).one()
        assert record.details == {
            "url_prefix": "https://portal.example.com/base",
            "record_hours": 720,
        }
        assert record.actor.username == "admin"


def test_the_prefix_may_be_emptied(app, admin):
    save(admin, url_prefix="http://10.1.2.3:8080")
    save(admin, url_prefix="")
    assert stored(app, "url_prefix") == ""


@pytest.mark.parametrize(
    "prefix",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//portal.example.com",
        "portal.example.com",
        "ftp://portal.example.com",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "http://user:pass@portal.example.com",
        "http://user@portal.example.com",
        "http://portal.example.com?x=1",
        "http://portal.example.com/?",
        "http://portal.example.com#top",
        "http://portal.example.com:0",
        "http://portal.example.com:99999",
        "http://portal.example.com:abc",
        "http://portal example.com",
        "http://portal.example.com\\@evil.example",
        'http://portal.example.com/"><script>',
        "http://例子.中国",
        "http://[::1",
        "http://-bad-.example",
        "http://1.2.3.4.5",
        "http://" + "a" * 300 + ".example",
        "http://example.com/" + "a" * 500,
    ],
)
def test_what_is_no_address_is_refused_beside_its_field(app, admin, prefix):
    page = save(admin, 422, url_prefix=prefix, record_hours="99")
    assert list(page.errors) == ["url_prefix"]
    assert page.one("[name=url_prefix]")["value"] == prefix.strip()
    assert page.one("[name=record_hours]")["value"] == "99"
    assert stored(app, "url_prefix") is None


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:5000",
        "127.1",
        "2130706433",
        "0x7f.1",
        "017700000001",
        "localhost",
        "LOCALHOST.",
        "app.localhost",
        "0.0.0.0",
        "[::1]:5000",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "[fe80::1]",
        "100.100.100.200",
        "224.0.0.1",
    ],
)
def test_what_a_phone_cannot_open_is_refused(app, admin, host):
    page = save(admin, 422, url_prefix=f"http://{host}")
    assert page.errors["url_prefix"].startswith("手机上打不开")
    assert stored(app, "url_prefix") is None


@pytest.mark.parametrize(
    "prefix", ["http://10.0.0.5:7601", "https://portal", "http://[fd00::5]:80"]
)
def test_private_addresses_are_fine(app, admin, prefix):
    save(admin, url_prefix=prefix)
    assert stored(app, "url_prefix") == prefix


@pytest.mark.parametrize("hours", ["", "0", "-1", "87601", "1.5", "ten", "１２", "9" * 10])
def test_hours_are_whole_and_bounded(app, admin, hours):
    page = save(admin, 422, url_prefix="https://typed.example", record_hours=hours)
    assert list(page.errors) == ["record_hours"]
    assert page.one("[name=url_prefix]")["value"] == "https://typed.example"
    assert stored(app, "record_hours") is None


def test_only_admins_enter(app, make_member, sign_in, visitor):
    make_member("li")
    assert sign_in("li").get(PATH, status=403).status == 403
    assert visitor.get(PATH).path.startswith("/login")


class TestWithLoopbackAllowed:
    """PORTAL_ALLOW_LOOPBACK is for demos on one machine."""

    @pytest.fixture
    def environment(self):
        return {"ALLOW_LOOPBACK": "1"}

    def test_loopback_is_taken(self, app, admin):
        save(admin, url_prefix="http://127.0.0.1:5000/")
        assert stored(app, "url_prefix") == "http://127.0.0.1:5000"

    def test_link_local_is_not(self, app, admin):
        save(admin, 422, url_prefix="http://169.254.169.254")
        assert stored(app, "url_prefix") is None


def test_the_settings_address_leads_to_the_first_page(admin):
    assert admin.get("/settings").h1 == "流程对接"


def test_record_hours_fall_back_to_ninety_days(context):
    assert settings.record_hours() == 2160
