"""CODING's card on the 流程对接 page: what is kept, what is asked for, what the test shows."""

from __future__ import annotations

import pytest

from portal.domain import app_health, issues, settings
from portal.domain.tracker import Kind, ProviderError
from portal.extensions import db
from portal.kit.crypto import SecretBox
from portal.models import OperationRecord, ProviderSetting
from portal.sandbox.seed import CODING_TOKEN
from tests.coding.conftest import calls

PATH = "/settings/integrations"
SAVE = f"{PATH}/coding"
ADDRESS, ELSEWHERE = "https://g-1234.coding.net", "https://g-5678.coding.net"
TOKEN = "CANARY-token-of-coding-4f1b"


def save(admin, status=302, **values):
    values = {"enabled": True, "service_url": ADDRESS, "token": TOKEN} | values
    return admin.get(PATH).form(action=SAVE).fill(**values).send(status, button="提交")


def press(admin, sandbox, status=200, **values):
    values = {"service_url": sandbox.url, "token": CODING_TOKEN, "project_name": "shop"} | values
    return admin.get(PATH).form(action=SAVE).fill(**values).send(status, button="测试联通性")


def row(app, read=lambda one: one):
    with app.app_context():
        query = db.select(ProviderSetting).filter_by(provider="coding")
        found = db.session.scalars(query).one_or_none()
        return read(found) if found else None


def token(app):
    with app.app_context():
        return settings.secret_of(settings.provider_setting("coding"))


def lines(page):
    """Line → ok, fail or skipped."""
    found = page.select("#coding-checks [data-check]")
    return {tag["data-check"]: tag["data-result"] for tag in found}


def shown(page):
    return " ".join(page.one("#coding").get_text(" ").split())


def test_the_empty_card_has_every_control_in_its_html(admin):
    page = admin.get(PATH)
    assert "启用Coding对接" in shown(page)
    assert "SQL管控中的问题SQL" in shown(page)
    form = page.form(action=SAVE)
    names = [tag.get("name") for tag in form.tag.find_all(["input", "select"])]
    assert names == ["enabled", "csrf_token", "service_url", "token", "project_name"]
    assert form.tag.find(attrs={"name": "token"})["type"] == "password"
    for words in ("服务地址", "访问令牌", "项目名称", "提 交", "取 消", "测试联通性"):
        assert words in shown(page)
    how = page.one("#coding details.how").get_text()
    for words in (
        "collaboration:issue:rw", "project:profile:ro", "个人账户设置", "项目协同",
        "PORTAL_ALLOWED_NETWORKS", "https://team.coding.net/p/", "2028-09-30",
    ):  # fmt: skip
        assert words in how


def test_saving_keeps_the_token_encrypted_and_never_shows_it(app, admin):
    page = save(admin, service_url=f" {ADDRESS}/ ")
    assert page.flashes == [("success", "已保存，CODING 对接已启用。")]
    assert f"服务地址 {ADDRESS}" in shown(page)
    assert "访问令牌 已设置（于" in shown(page)
    assert TOKEN not in page.html
    assert token(app) == TOKEN
    assert row(app, lambda one: one.is_tracker), "no approval is ever sent there"
    assert TOKEN not in row(app, lambda one: one.app_secret_encrypted)
    with app.app_context():
        record = db.session.scalars(
            db.select(OperationRecord).filter_by(action="provider_saved")
        ).one()
        assert record.details == {
            "provider": "coding", "enabled": True, "app_key": ADDRESS, "secret_changed": True,
        }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "values", "said"),
    [
        ("service_url", {"service_url": ""}, "请填写服务地址。"),
        ("service_url", {"service_url": "g-1234.coding.net"}, "完整地址"),
        ("service_url", {"service_url": "https://g-1.coding.net/" + "a" * 128}, "128"),
        ("token", {"token": ""}, "请填写访问令牌。"),
        ("token", {"token": "t" * 256}, "255"),
        ("token", {"token": "a\tb"}, "访问令牌中有不能识别的字符，请重新复制。"),
    ],
)
def test_a_refused_save_says_why_and_keeps_what_was_typed(app, admin, field, values, said):
    page = save(admin, 422, project_name="shop", **values)
    assert list(page.errors) == [field]
    assert said in page.errors[field]
    form = page.form(action=SAVE)
    assert form.values["service_url"] == values.get("service_url", ADDRESS)
    assert form.values["project_name"] == "shop"
    assert form.values["token"] == ""
    assert page.one("#coding [name=enabled]").has_attr("checked")
    assert page.one("#coding-edit").has_attr("open")
    assert row(app) is None


def test_an_empty_token_keeps_the_stored_one_for_the_same_address_only(app, admin, sandbox):
    save(admin)
    save(admin, token="", service_url=f"{ADDRESS}/")
    assert token(app) == TOKEN
    for page in (
        save(admin, 422, service_url=ELSEWHERE, token=""),
        press(admin, sandbox, 422, token=""),
    ):
        assert page.errors == {"token": "服务地址已更改，请重新填写与它对应的访问令牌。"}
    assert row(app, lambda one: one.app_key) == ADDRESS
    assert calls(sandbox) == []


def test_another_address_gives_up_what_waited_for_the_old_one(app, admin, monkeypatch):
    asked = []
    monkeypatch.setattr(issues, "address_changed", lambda key: asked.append(key) or 3)
    save(admin)
    save(admin, token="")
    assert asked == [], "the first address follows nobody, the same one neither"
    page = save(admin, service_url=ELSEWHERE)
    assert asked == [ADDRESS]
    assert "旧地址有 3 条等待中的推送已放弃" in page.flashes[0][1]


def test_switching_off_needs_no_values_and_loses_none(app, admin):
    save(admin)
    page = admin.post(SAVE, {}, status=302)
    assert page.flashes == [("success", "已保存，CODING 对接处于关闭状态。")]
    assert row(app, lambda one: (one.is_enabled, one.app_key)) == (False, ADDRESS)
    assert token(app) == TOKEN


def test_an_unreadable_token_stops_the_save_and_is_not_overwritten(app, admin):
    save(admin)
    stored = row(app, lambda one: one.app_secret_encrypted)
    app.extensions["secret_box"] = SecretBox(["V9GqK7cVvVvHn0y5oGzq2lqFQm0tG7uT1vJm9sYt8bA="])
    page = save(admin, 422, token="")
    assert "无法用当前密钥解密" in page.errors["token"]
    assert row(app, lambda one: one.app_secret_encrypted) == stored


def test_a_save_forgets_why_calls_were_paused(app, admin):
    save(admin)
    with app.app_context():
        error = ProviderError("coding", "AuthFailure", "no", Kind.CREDENTIALS)
        app_health.failed(app_health.Leave("coding", ADDRESS), error)
        db.session.commit()
    page = admin.get(PATH)
    assert "CODING 不接受访问令牌，已暂停推送" in shown(page)
    assert "AuthFailure no" in shown(page)
    assert "已暂停推送" not in shown(save(admin, token="new-token-1"))


def test_the_test_shows_its_lines_and_keeps_nothing(app, admin, sandbox):
    page = press(admin, sandbox)
    assert lines(page) == {
        "address": "ok", "credentials": "ok", "user:profile:ro": "ok",
        "project:profile:ro": "ok", "project": "ok", "collaboration": "ok",
        "collaboration:issue:rw": "ok", "project:member:ro": "ok", "fields": "ok",
    }  # fmt: skip
    assert sandbox.get("/issues")["issues"] == []
    assert row(app) is None
    form = page.form(action=SAVE)
    assert form.values["service_url"] == sandbox.url
    assert form.values["project_name"] == "shop"
    assert CODING_TOKEN not in page.html
    assert "提交前请再填一次 访问令牌" in page.text
    with app.app_context():
        record = db.session.scalars(
            db.select(OperationRecord).filter_by(action="provider_tested")
        ).one()
        assert record.subject == "provider:coding"
        assert record.details == {"provider": "coding", "app_key": sandbox.url, "failed": []}


def test_the_result_is_kept_for_the_stored_values(app, admin, sandbox):
    save(admin, service_url=sandbox.url, token=CODING_TOKEN)
    press(admin, sandbox, token="wrong-token-1")
    assert row(app, lambda one: one.checks) == []
    press(admin, sandbox, token="")
    assert row(app, lambda one: one.checks[1]["name"]) == "credentials"
    assert "上次测试结果" in shown(admin.get(PATH))


def test_a_pasted_address_of_the_project_is_taken(admin, sandbox):
    page = press(admin, sandbox, project_name="https://g-1.coding.net/p/shop/all/issues/1")
    assert lines(page)["project"] == "ok"


@pytest.mark.parametrize("name", ["two words", "a" * 300])
def test_what_no_project_is_called_is_asked_nobody(admin, sandbox, name):
    page = press(admin, sandbox, 422, project_name=name)
    assert list(page.errors) == ["project_name"]
    assert calls(sandbox) == []


def test_ten_presses_a_minute_at_most(admin, sandbox):
    for _n in range(10):
        press(admin, sandbox, token="wrong-token-1", project_name="")
    page = press(admin, sandbox, 429)
    assert "每分钟最多 10 次" in page.errors["form"]
    assert page.form(action=SAVE).values["project_name"] == "shop"


def test_only_admins_enter(make_member, sign_in):
    make_member("li")
    member = sign_in("li")
    for path in (SAVE, f"{SAVE}/test"):
        assert member.post(path, {}, status=403).status == 403
