"""A provider's card on the 流程对接 page: what it shows, to whom, and that it is one of two."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.models import AppHealth
from tests.settings.cards import CARDS, DINGTALK, FEISHU, PATH
from tests.settings.hands import FIRST, OTHER, SECOND, SECRET, part, save, secret, setting, shown


def test_each_provider_has_a_card(admin):
    page = admin.get(PATH)
    assert page.h1 == "流程对接"
    assert [tag["id"] for tag in page.select("section.integration")] == [*CARDS, "coding"]


def test_the_empty_card_has_every_control_in_its_html(admin, card):
    page = admin.get(PATH)
    assert f"启用{card.title}审批" in shown(page, card)
    assert card.subtitle in shown(page, card)
    form = page.form(action=card.path)
    names = [tag.get("name") for tag in form.tag.find_all(["input", "select"])]
    assert sorted(names) == sorted(
        ["csrf_token", "enabled", card.key_field, "app_secret", "originator", *card.look_up]
    )
    assert form.tag.find(attrs={"name": "app_secret"})["type"] == "password"
    for name, title in ((card.key_field, card.key), ("app_secret", card.secret)):
        label = form.tag.find("label", attrs={"for": f"{card.name}-{name}"})
        assert label.get_text().startswith(title)
    test = page.one(f'[formaction="{card.path}/test"]')
    assert test.find_parent("form") is form.tag
    assert "取 消" in shown(page, card)


def test_feishu_offers_a_phone_or_an_email_to_test_with(admin):
    chooser = part(admin.get(PATH), FEISHU, "[name=account_type]")
    assert {one["value"]: one.get_text() for one in chooser.select("option")} == {
        "phone": "手机号", "email": "邮箱",
    }  # fmt: skip


def test_the_help_names_all_seven_permissions_and_the_steps(admin, card):
    how = part(admin.get(PATH), card, "details.how")
    rows = [[cell.get_text() for cell in row.select("td")] for row in how.select("tbody tr")]
    assert {code: title for _family, title, code in rows} == card.permissions
    assert len(rows) == 7
    for words in card.steps:
        assert words in how.get_text()
    for link in how.select('a[href^="http"]'):
        assert "noopener" in link["rel"]


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("quota", "本月的{title}接口调用次数已用完"),
        ("credentials", "{key} 或 {secret} 不正确"),
        ("throttle", "降低调用频率"),
        ("transport", "连续无法连接{title}"),
    ],
)
def test_a_pause_is_shown_and_a_save_ends_it(app, admin, card, reason, sentence):
    sentence = sentence.format(title=card.title, key=card.key, secret=card.secret)
    save(admin, card)
    with app.app_context():
        until = "9999-01-01 00:00:00" if reason == "credentials" else "2999-01-01 00:00:00"
        db.session.execute(
            db.text(
                "INSERT INTO app_health (provider, app_key, failures, openings, reason, message,"
                " paused_until) VALUES (:provider, :app, 5, 1, :reason, '<b>said</b>', :until)"
            ),
            {"provider": card.name, "app": FIRST, "reason": reason, "until": until},
        )
        db.session.commit()
    page = admin.get(PATH)
    assert sentence in shown(page, card)
    assert f"{card.title}的回答：<b>said</b>" in shown(page, card)
    assert ("下次调用不早于" in page.text) is (reason != "credentials")
    assert sentence not in save(admin, card, app_secret="").text
    with app.app_context():
        assert db.session.scalars(db.select(AppHealth)).one().paused_until is None


def test_the_months_use_is_shown(app, admin, card):
    save(admin, card)
    assert card.month in shown(admin.get(PATH), card)


def test_only_admins_save_and_test(app, make_member, sign_in, visitor, card):
    make_member("li")
    member = sign_in("li")
    assert member.get(PATH, status=403).status == 403
    assert visitor.get(PATH).path.startswith("/login")
    fields = {card.key_field: "x", "app_secret": "y"}
    for path in (card.path, *(f"{card.path}/{act}" for act in (
        "test", "send-sample", "withdraw-sample"))):  # fmt: skip
        member.post(path, fields, status=403)
        assert visitor.post(path, fields, status=302).path.startswith("/login")
    assert setting(app, card) is None


PAIRS = [(DINGTALK, FEISHU), (FEISHU, DINGTALK)]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_one_card_keeps_the_other_as_it_is(app, admin, one, other):
    save(admin, other, key=SECOND, app_secret=OTHER)
    save(admin, one)
    save(admin, one, enabled=False, app_secret="")
    kept = setting(app, other, lambda row: (row.is_enabled, row.app_key))
    assert kept == (True, SECOND)
    assert (secret(app, one), secret(app, other)) == (SECRET, OTHER)


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize("button", ["提交", "测试联通性"])
@pytest.mark.parametrize("enabled", [True, False])
def test_what_was_typed_on_one_card_does_not_show_on_the_other(
    app, admin, make_member, one, other, button, enabled
):
    """Their fields share names: 提交 on the untouched card would save the other's values."""
    make_member("li")
    save(admin, other, key=SECOND, enabled=not enabled)
    form = admin.get(PATH).form(action=one.path)
    typed = {"enabled": enabled, "key": "a b", "app_secret": OTHER, "originator": "li"}
    page = form.fill(**one.fields(**typed)).send(422, button=button)
    assert page.form(action=one.path).values["originator"] == "li"
    untouched = page.form(action=other.path)
    assert ("enabled" in untouched.values) is not enabled
    assert untouched.values["originator"] == ""
    assert untouched.values[other.key_field] == SECOND
    assert not page.select(f"#{other.name} [data-error]")
    assert not part(page, other, "details.edit-part").has_attr("open")
    untouched.send(button="提交")
    assert setting(app, other, lambda row: row.is_enabled) is not enabled
