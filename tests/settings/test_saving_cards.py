"""Saving a provider's card: what is kept, what is refused, switching off and on."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from portal.extensions import db
from portal.kit.crypto import SecretBox
from portal.models import OperationRecord, ProviderSetting, Role
from tests.settings.cards import CARDS, DINGTALK, FEISHU, PATH
from tests.settings.hands import FIRST, OTHER, SECOND, SECRET, part, save, secret, setting, shown


def test_saving_keeps_the_secret_encrypted_and_never_shows_it(app, admin, make_member, card):
    make_member("li", name="李四")
    page = save(admin, card, originator="li")
    assert page.path == PATH
    assert page.flashes == [("success", f"已保存，{card.title}审批已启用。")]
    text = shown(page, card)
    assert f"{card.key} {FIRST}" in text
    assert f"{card.secret} 已设置（于" in text
    assert "由 管理员" in text or "由 admin" in text
    assert "李四" in text
    assert SECRET not in page.html
    assert secret(app, card) == SECRET
    assert SECRET not in setting(app, card, lambda row: row.app_secret_encrypted)
    with app.app_context():
        record = db.session.scalars(
            db.select(OperationRecord).filter_by(action="provider_saved")
        ).one()
        assert record.subject == f"provider:{card.name}"
        assert record.details["enabled"] is True
        assert record.details["app_key"] == FIRST
        assert SECRET not in str(record.details)


BAD = [
    ("key", {"key": ""}),
    ("key", {"key": "two words"}),
    ("key", {"key": "k" * 129}),
    ("key", {"key": "k\x00"}),
    ("app_secret", {"app_secret": ""}),
    ("app_secret", {"app_secret": "s" * 256}),
    ("app_secret", {"app_secret": "a\tb"}),
    ("originator", {"originator": "nobody"}),
]


@pytest.mark.parametrize(("field", "values"), BAD)
def test_a_refused_save_says_why_and_keeps_what_was_typed(app, admin, card, field, values):
    page = save(admin, card, 422, **values)
    assert list(page.errors) == [card.key_field if field == "key" else field]
    assert part(page, card, "[data-error]"), "beside the card's own field"
    assert part(page, card, "[name=enabled]").has_attr("checked")
    typed = {"key": FIRST} | values
    assert part(page, card, f"[name={card.key_field}]")["value"] == typed["key"].rstrip("\x00")
    assert part(page, card, "details.edit-part").has_attr("open")
    assert setting(app, card) is None


@pytest.mark.parametrize(
    ("card", "field", "values"),
    [
        (DINGTALK, "phone", {"phone": "not a phone\x00"}),
        (FEISHU, "account", {"account": "a\x00"}),
        (FEISHU, "account", {"account": "a" * 255}),
        (FEISHU, "account_type", {"account_type": "union_id"}),
    ],
)
def test_what_nobody_can_keep_is_refused_in_the_tests_fields_too(app, admin, card, field, values):
    page = save(admin, card, 422, **values)
    assert list(page.errors) == [field]
    assert setting(app, card) is None


@pytest.mark.parametrize(
    ("card", "values"),
    [
        (card, values)
        for card in CARDS.values()
        for field, values in card.bad_look_ups
        if field != "account_type"
    ],
)
def test_whom_the_test_looks_for_is_no_matter_of_a_save(app, admin, card, values):
    save(admin, card, **values)
    assert secret(app, card) == SECRET


def test_the_words_are_the_platforms_own(admin, card):
    assert save(admin, card, 422, key="").errors == {card.key_field: f"请填写 {card.key}。"}
    assert save(admin, card, 422, key="a b").errors == {
        card.key_field: f"{card.key} 中不能有空格。"
    }
    assert save(admin, card, 422, app_secret="").errors == {
        "app_secret": f"请填写 {card.secret}。"
    }
    assert save(admin, card, 422, app_secret="a\tb").errors == {
        "app_secret": f"{card.secret} 中有不能识别的字符，请重新复制。"
    }


def test_an_empty_secret_keeps_the_stored_one(app, admin, card):
    save(admin, card)
    save(admin, card, app_secret="")
    assert secret(app, card) == SECRET


def test_another_app_asks_for_its_secret(app, admin, card):
    save(admin, card)
    page = save(admin, card, 422, key=SECOND, app_secret="")
    asked = f"{card.key} 已更改，请重新填写与它对应的 {card.secret}。"
    assert page.errors == {"app_secret": asked}
    page = save(admin, card, 422, key=SECOND, app_secret="", enabled=False)
    assert list(page.errors) == ["app_secret"]
    assert setting(app, card, lambda row: row.app_key) == FIRST


def test_a_template_is_not_carried_over_to_another_app(app, admin, card):
    """Pitfall 12."""
    save(admin, card)
    with app.app_context():
        db.session.execute(
            update(ProviderSetting).values(
                template_code="PROC-1", template_app_key=FIRST, checks=[], checked_at=None
            )
        )
        db.session.commit()
    assert "PROC-1" in admin.get(PATH).text
    save(admin, card, app_secret="")
    assert setting(app, card, lambda row: row.template_code) == "PROC-1"
    page = save(admin, card, key=SECOND, app_secret=OTHER)
    assert "PROC-1" not in page.text
    read = setting(app, card, lambda row: (row.template_code, row.template_app_key))
    assert read == ("", "")


def test_switching_off_needs_no_values_and_loses_none(app, admin, card):
    save(admin, card)
    page = admin.post(card.path, {card.key_field: ""}, status=302)
    assert page.flashes == [("success", f"已保存，{card.title}审批处于关闭状态。")]
    assert setting(app, card, lambda row: (row.is_enabled, row.app_key)) == (False, FIRST)
    assert secret(app, card) == SECRET
    save(admin, card, app_secret="")
    assert setting(app, card, lambda row: row.is_enabled) is True


def test_an_unreadable_secret_stops_the_save_and_is_not_overwritten(app, admin, card):
    """Pitfall 26."""
    save(admin, card)
    stored = setting(app, card, lambda row: row.app_secret_encrypted)
    app.extensions["secret_box"] = SecretBox(["V9GqK7cVvVvHn0y5oGzq2lqFQm0tG7uT1vJm9sYt8bA="])
    page = admin.get(PATH)
    assert page.status == 200
    page = save(admin, card, 422, app_secret="")
    assert f"已保存的 {card.secret} 无法用当前密钥解密" in page.errors["app_secret"]
    page = admin.get(PATH).form(action=card.path).send(422, button="测试联通性")
    assert "无法用当前密钥解密" in page.errors["app_secret"]
    assert setting(app, card, lambda row: row.app_secret_encrypted) == stored
    admin.get("/settings/global").form(has="url_prefix").fill(record_hours="48").send()
    admin.post(card.path, {}, status=302)
    assert setting(app, card, lambda row: row.app_secret_encrypted) == stored
    save(admin, card, app_secret=OTHER)
    assert secret(app, card) == OTHER


def test_a_disabled_stand_in_is_shown_and_must_be_replaced(app, admin, make_member, card):
    person = make_member("li", name="李四")
    save(admin, card, originator="li")
    with app.app_context():
        db.session.execute(
            db.text("UPDATE member SET is_enabled = 0 WHERE id = :id"), {"id": person.id}
        )
        db.session.commit()
    assert "李四（已禁用，请更换）" in admin.get(PATH).text
    page = save(admin, card, 422, app_secret="")
    assert list(page.errors) == ["originator"]
    save(admin, card, app_secret="", originator="")
    assert setting(app, card, lambda row: row.originator_id) is None


def test_a_second_admin_can_take_over(app, admin, make_member, sign_in, card):
    make_member("boss", name="王总", role=Role.ADMIN)
    save(admin, card)
    page = save(sign_in("boss"), card, app_secret=OTHER)
    assert "由 王总" in page.text
