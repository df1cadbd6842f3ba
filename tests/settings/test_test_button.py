"""测试联通性, whatever the platform: what it tests, what it leaves, what it keeps."""

from __future__ import annotations

import time

import pytest

from portal.extensions import db
from portal.models import ApiUsage, ProviderSetting
from tests.raw_servers import RawServer
from tests.settings.cards import CARDS, PATH
from tests.settings.hands import line, press, results, save_known, setting


@pytest.fixture
def environment(sandbox):
    addresses = {name: sandbox.url for card in CARDS.values() for name in card.address}
    return addresses | {"HTTP_TIMEOUT": "5"}


def test_every_line_is_fine_and_nothing_is_left_behind(app, admin, sandbox, card):
    """Pitfall 27."""
    form = admin.get("/settings/global").form(has="url_prefix")
    form.fill(url_prefix="https://portal.example.com").send()
    page = press(admin, card)
    found = results(page, card)
    assert list(found)[:2] == ["address", "credentials"]
    assert set(card.permissions) <= set(found)
    assert list(found)[-2:] == ["template", "url_prefix"]
    assert set(found.values()) == {"ok"}
    assert sandbox.cards() == []
    assert sandbox.templates() == []
    assert setting(app, card) is None
    with app.app_context():
        query = db.select(ApiUsage.call).filter_by(provider=card.name)
        assert len(list(db.session.scalars(query))) > 1


def test_a_template_that_is_there_is_looked_at_and_not_made_again(app, admin, sandbox, card):
    """Pitfall 13, by the test button."""
    save_known(admin, card)
    page = press(admin, card, app_secret="")
    assert "首次发送审批时自动建立" in line(page, card, "template")
    with app.app_context():
        setting = db.session.scalars(
            db.select(ProviderSetting).filter_by(provider=card.name)
        ).one()
        setting.template_code, setting.template_app_key = "no-such-template", setting.app_key
        db.session.commit()
    page = press(admin, card, app_secret="")
    assert results(page, card)["template"] == "fail"
    assert sandbox.templates() == []


def test_the_typed_values_stay_but_the_secret_is_not_shown(admin, card):
    page = press(admin, card)
    assert page.path == f"{card.path}/test"
    form = page.form(action=card.path)
    kept = card.fields(key=card.app[0]) | card.look_up
    assert {name: form.values[name] for name in kept} == kept
    assert form.values["app_secret"] == ""
    assert card.app[1] not in page.html
    assert f"提交前请再填一次 {card.secret}" in page.text


def test_the_values_typed_are_tested_and_not_those_saved(app, admin, sandbox, card):
    save_known(admin, card, key="saved-before", app_secret="saved-before")
    assert results(press(admin, card), card)["credentials"] == "ok"
    found = results(press(admin, card, key="saved-before", app_secret=""), card)
    assert found["credentials"] == "fail"
    found = results(press(admin, card, app_secret="wrong"), card)
    assert found["credentials"] == "fail"
    assert setting(app, card).app_key == "saved-before"


def test_a_card_that_is_off_can_be_tested_and_stays_off(app, admin, card):
    save_known(admin, card, enabled=False)
    assert results(press(admin, card, enabled=True, app_secret=""), card)["credentials"] == "ok"
    assert setting(app, card).is_enabled is False


def test_wrong_credentials_stop_at_their_line(admin, sandbox, card):
    page = press(admin, card, app_secret="wrong")
    found = results(page, card)
    assert found.pop("address") == "ok"
    assert found.pop("credentials") == "fail"
    assert found.pop("url_prefix") == "fail"
    assert set(found.values()) == {"skipped"}
    assert f"{card.key} 和 {card.secret}" in line(page, card, "credentials")
    assert [path.split("/")[-1] for path in sandbox.paths()] == {
        "dingtalk": ["get", "accessToken"],  # its second address is asked first, without a token
        "feishu": ["internal"],
    }[card.name]


def test_without_a_url_prefix_the_line_says_so(admin, card):
    page = press(admin, card)
    assert results(page, card)["url_prefix"] == "fail"
    assert "全局配置" in line(page, card, "url_prefix")


def test_a_loopback_prefix_is_fit_for_a_demo_only(admin, card):
    admin.get("/settings/global").form(has="url_prefix").fill(url_prefix="http://[::1]:5000").send()
    page = press(admin, card)
    assert results(page, card)["url_prefix"] == "ok"
    assert "只能在本机打开" in line(page, card, "url_prefix")


MISSING = [(card, {name: ""}) for card in CARDS.values() for name in ("key", "app_secret")]


@pytest.mark.parametrize(
    ("card", "field", "values"),
    [(card, next(iter(values)), values) for card, values in MISSING]
    + [(card, field, values) for card in CARDS.values() for field, values in card.bad_look_ups],
)
def test_values_that_cannot_be_tested_make_no_call(app, admin, sandbox, card, field, values):
    page = press(admin, card, 422, **values)
    assert list(page.errors) == [card.key_field if field == "key" else field]
    assert results(page, card) == {}
    assert sandbox.paths() == {}
    form = page.form(action=card.path)
    for name, value in card.fields(**values).items():
        if name != "account_type":  # what is not offered cannot stay chosen
            assert form.values[name] == value, "what was typed is kept"
    if values.get("account_type") in {"email", "phone"}:
        assert form.values["account_type"] == values["account_type"]
    assert page.one(f"#{card.name}-edit").has_attr("open")
    assert setting(app, card) is None


def test_an_empty_secret_tests_the_stored_one_only_for_the_same_app(app, admin, sandbox, card):
    save_known(admin, card)
    assert results(press(admin, card, app_secret=""), card)["credentials"] == "ok"
    before = sandbox.paths()
    page = press(admin, card, 422, key="another", app_secret="")
    assert f"{card.key} 已更改" in page.errors["app_secret"]
    assert sandbox.paths() == before


def test_the_result_is_kept_only_for_the_stored_values(app, admin, card):
    save_known(admin, card)
    press(admin, card, app_secret="wrong")
    assert setting(app, card).checks == []
    press(admin, card, app_secret="")
    kept = setting(app, card)
    assert kept.checked_at is not None
    assert kept.checks[1]["name"] == "credentials"
    page = admin.get(PATH)
    assert "上次测试结果" in page.text
    assert results(page, card)["credentials"] == "ok"
    save_known(admin, card, app_secret=card.app[1])
    assert setting(app, card).checks == []


def test_an_unreachable_platform_is_one_failed_line(app, admin, card):
    app.config.update(dict.fromkeys(card.address, "http://127.0.0.1:9"))
    page = press(admin, card)
    found = results(page, card)
    assert found.pop("address") == "fail"
    assert found.pop("url_prefix") == "fail"
    assert set(found.values()) == {"skipped"}
    assert f"连接不上{card.title}" in line(page, card, "address")


def test_an_address_that_never_answers_is_one_failed_line(app, admin, card):
    with RawServer(lambda _sock, _request: time.sleep(20)) as server:
        app.config.update(dict.fromkeys(card.address, server.url) | {"HTTP_TIMEOUT": 1})
        page = press(admin, card)
    assert results(page, card)["address"] == "fail"
    assert results(page, card)["credentials"] == "skipped"
