"""DingTalk's card on the 流程对接 page: what it shows, saving, switching off and on."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from portal.domain import settings
from portal.extensions import db
from portal.kit.crypto import SecretBox
from portal.models import AppHealth, OperationRecord, ProviderSetting, Role

PATH = "/settings/integrations"
SAVE = "/settings/integrations/dingtalk"
SECRET = "CANARY-app-secret-5d8f0b2a"
OTHER = "CANARY-other-secret-77aa"


def save(admin, status=302, **values):
    values = {"enabled": True, "app_key": "dingapp1", "app_secret": SECRET} | values
    return admin.get(PATH).form(action=SAVE).fill(**values).send(status, button="提交")


def setting(app, read=lambda row: row):
    with app.app_context():
        row = db.session.scalars(db.select(ProviderSetting)).one_or_none()
        return read(row) if row else None


def secret(app):
    with app.app_context():
        return settings.secret_of(settings.provider_setting("dingtalk"))


def test_the_empty_card_has_every_control_in_its_html(admin):
    page = admin.get(PATH)
    assert page.h1 == "流程对接"
    assert "启用钉钉审批" in page.text
    assert "审批信息将根据审核人的手机号发送到相应的钉钉账号" in page.text
    form = page.form(action=SAVE)
    names = {tag.get("name") for tag in form.tag.find_all(["input", "select"])}
    assert names >= {"enabled", "app_key", "app_secret", "originator", "phone", "csrf_token"}
    assert form.tag.find(attrs={"name": "app_secret"})["type"] == "password"
    test = page.one(f'[formaction="{SAVE}/test"]')
    assert test.find_parent("form") is form.tag
    assert "取 消" in page.text


def test_the_help_names_all_seven_permissions(admin):
    how = admin.get(PATH).one("#dingtalk details.how").get_text()
    for name, code in {
        "企业员工手机号信息": "fieldMobile",
        "成员信息读权限": "qyapi_get_member",
        "根据手机号姓名获取成员信息的接口访问权限": "qyapi_get_member_by_mobile",
        "工作流实例写权限": "Workflow.Instance.Write",
        "工作流实例读权限": "Workflow.Instance.Read",
        "工作流模板写权限": "Workflow.Form.Write",
        "工作流模板读权限": "Workflow.Form.Read",
    }.items():
        assert name in how
        assert code in how
    assert "允许提交人撤销审批中的审批单" in how
    assert "服务器出口IP" in how


def test_saving_keeps_the_secret_encrypted_and_never_shows_it(app, admin, make_member):
    make_member("li", name="李四")
    page = save(admin, originator="li")
    assert page.path == PATH
    assert page.flashes == [("success", "已保存，钉钉审批已启用。")]
    assert "dingapp1" in page.text
    assert "已设置（于" in page.text
    assert "由 管理员" in page.text or "由 admin" in page.text
    assert "李四" in page.text
    assert SECRET not in page.html
    assert secret(app) == SECRET
    assert SECRET not in setting(app, lambda row: row.app_secret_encrypted)
    with app.app_context():
        record = db.session.scalars(
            db.select(OperationRecord).filter_by(action="provider_saved")
        ).one()
        assert record.details["enabled"] is True
        assert SECRET not in str(record.details)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"app_key": ""}, "app_key"),
        ({"app_key": "two words"}, "app_key"),
        ({"app_key": "k" * 129}, "app_key"),
        ({"app_key": "k\x00"}, "app_key"),
        ({"app_secret": ""}, "app_secret"),
        ({"app_secret": "s" * 256}, "app_secret"),
        ({"app_secret": "a\tb"}, "app_secret"),
        ({"originator": "nobody"}, "originator"),
        ({"phone": "not a phone\x00"}, "phone"),
    ],
)
def test_a_refused_save_says_why_and_keeps_what_was_typed(app, admin, values, field):
    page = save(admin, 422, **values)
    assert list(page.errors) == [field]
    assert page.one("#dingtalk [name=enabled]").has_attr("checked")
    typed = {"app_key": "dingapp1"} | values
    assert page.one("[name=app_key]")["value"] == typed["app_key"].rstrip("\x00")
    assert page.one("#dingtalk-edit").has_attr("open")
    assert setting(app) is None


def test_an_empty_secret_keeps_the_stored_one(app, admin):
    save(admin)
    save(admin, app_secret="")
    assert secret(app) == SECRET


def test_another_app_key_asks_for_its_secret(app, admin):
    save(admin)
    page = save(admin, 422, app_key="dingapp2", app_secret="")
    assert "AppKey 已更改" in page.errors["app_secret"]
    page = save(admin, 422, app_key="dingapp2", app_secret="", enabled=False)
    assert list(page.errors) == ["app_secret"]
    assert setting(app, lambda row: row.app_key) == "dingapp1"


def test_a_template_is_not_carried_over_to_another_app(app, admin):
    """Pitfall 12."""
    save(admin)
    with app.app_context():
        db.session.execute(
            update(ProviderSetting).values(
                template_code="PROC-1", template_app_key="dingapp1", checks=[], checked_at=None
            )
        )
        db.session.commit()
    assert "PROC-1" in admin.get(PATH).text
    save(admin, app_secret="")
    assert setting(app, lambda row: row.template_code) == "PROC-1"
    page = save(admin, app_key="dingapp2", app_secret=OTHER)
    assert "PROC-1" not in page.text
    assert setting(app, lambda row: (row.template_code, row.template_app_key)) == ("", "")


def test_switching_off_needs_no_values_and_loses_none(app, admin):
    save(admin)
    page = admin.post(SAVE, {"app_key": ""}, status=302)
    assert page.flashes == [("success", "已保存，钉钉审批处于关闭状态。")]
    assert setting(app, lambda row: (row.is_enabled, row.app_key)) == (False, "dingapp1")
    assert secret(app) == SECRET
    save(admin, app_secret="")
    assert setting(app, lambda row: row.is_enabled) is True


def test_an_unreadable_secret_stops_the_save_and_is_not_overwritten(app, admin):
    """Pitfall 26."""
    save(admin)
    stored = setting(app, lambda row: row.app_secret_encrypted)
    app.extensions["secret_box"] = SecretBox(["V9GqK7cVvVvHn0y5oGzq2lqFQm0tG7uT1vJm9sYt8bA="])
    page = admin.get(PATH)
    assert page.status == 200
    page = save(admin, 422, app_secret="")
    assert "无法用当前密钥解密" in page.errors["app_secret"]
    page = admin.get(PATH).form(action=SAVE).send(422, button="测试联通性")
    assert "无法用当前密钥解密" in page.errors["app_secret"]
    assert setting(app, lambda row: row.app_secret_encrypted) == stored
    admin.get("/settings/global").form(has="url_prefix").fill(record_hours="48").send()
    admin.post(SAVE, {}, status=302)
    assert setting(app, lambda row: row.app_secret_encrypted) == stored
    save(admin, app_secret=OTHER)
    assert secret(app) == OTHER


def test_a_disabled_stand_in_is_shown_and_must_be_replaced(app, admin, make_member):
    person = make_member("li", name="李四")
    save(admin, originator="li")
    with app.app_context():
        db.session.execute(
            db.text("UPDATE member SET is_enabled = 0 WHERE id = :id"), {"id": person.id}
        )
        db.session.commit()
    assert "李四（已禁用，请更换）" in admin.get(PATH).text
    page = save(admin, 422, app_secret="")
    assert list(page.errors) == ["originator"]
    save(admin, app_secret="", originator="")
    assert setting(app, lambda row: row.originator_id) is None


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("quota", "本月的钉钉接口调用次数已用完"),
        ("credentials", "AppKey 或 AppSecret 不正确"),
        ("throttle", "降低调用频率"),
        ("transport", "连续无法连接钉钉"),
    ],
)
def test_a_pause_is_shown_and_a_save_ends_it(app, admin, reason, sentence):
    save(admin)
    with app.app_context():
        until = "9999-01-01 00:00:00" if reason == "credentials" else "2999-01-01 00:00:00"
        db.session.execute(
            db.text(
                "INSERT INTO app_health (provider, app_key, failures, openings, reason, message,"
                " paused_until) VALUES ('dingtalk', 'dingapp1', 5, 1, :reason, '<b>said</b>', :u)"
            ),
            {"reason": reason, "u": until},
        )
        db.session.commit()
    page = admin.get(PATH)
    assert sentence in page.text
    assert "<b>said</b>" in page.text
    assert ("下次调用不早于" in page.text) is (reason != "credentials")
    assert sentence not in save(admin, app_secret="").text
    with app.app_context():
        assert db.session.scalars(db.select(AppHealth)).one().paused_until is None


def test_the_months_use_is_shown(app, admin):
    save(admin)
    assert "0 / 5000 次" in admin.get(PATH).text


def test_only_admins_save_and_test(app, make_member, sign_in, visitor):
    make_member("li")
    member = sign_in("li")
    for path in (PATH,):
        assert member.get(path, status=403).status == 403
        assert visitor.get(path).path.startswith("/login")
    for path in (SAVE, SAVE + "/test"):
        member.post(path, {"app_key": "x", "app_secret": "y"}, status=403)
        page = visitor.post(path, {"app_key": "x", "app_secret": "y"}, status=302)
        assert page.path.startswith("/login")
    assert setting(app) is None


def test_a_second_admin_can_take_over(app, admin, make_member, sign_in):
    make_member("boss", name="王总", role=Role.ADMIN)
    save(admin)
    page = save(sign_in("boss"), app_secret=OTHER)
    assert "由 王总" in page.text
