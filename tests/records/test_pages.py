"""操作记录: newest first, readable, filtered."""

from __future__ import annotations

import pytest

from portal.blueprints.records import titles
from portal.domain import record_list, records
from portal.domain.records import Action
from portal.extensions import db
from portal.models import Member

PATH = "/settings/records"


@pytest.fixture
def write(app):
    def write(action, subject="ticket:default/1", actor="admin", **details):
        with app.test_request_context():
            member = db.session.scalar(db.select(Member).filter_by(username=actor))
            records.add(action, subject, member, details)
            db.session.commit()

    return write


def listed(page):
    return [tag["data-record"] for tag in page.select("[data-record]")]


def test_every_action_has_a_title(context):
    with context.test_request_context():
        assert set(titles.of_actions()) == set(Action)


def test_details_are_words_not_json(admin, write):
    write(
        Action.FLOW_CHANGED,
        "project:default",
        max_level="warn",
        steps=[
            {"kind": "audit", "assignees": ["li", "wang"]},
            {"kind": "execute", "assignees": []},
        ],
    )
    write(Action.STEP_REJECTED, revision=2, position=1, via="dingtalk", reason="start")
    write(Action.PROVIDER_SAVED, "provider:dingtalk", provider="dingtalk", enabled=True)
    write(Action.SIGN_IN_REFUSED, "member:admin", None, reason="disabled")
    write(Action.KEYS_ROTATED, "keys", None, something_new={"a": 1})
    text = admin.get(PATH).text
    for words in (
        "修改审批流程", "最高审核等级： 告警", "审核：li、wang；执行上线：-",
        "驳回", "途径： 钉钉", "原因： start", "平台： 钉钉", "启用： 是",
        "登录被拒绝", "账号已禁用", "系统", "something_new： 1",
    ):  # fmt: skip
        assert words in text
    assert "{" not in text


def test_the_words_are_of_no_platform_but_the_one_that_is_meant(admin, write):
    saved = {"enabled": True, "app_key": "cli_1", "secret_changed": True, "originator": ""}
    write(Action.PROVIDER_SAVED, "provider:feishu", provider="feishu", **saved)
    write(Action.STEP_APPROVED, revision=1, position=1, via="feishu")
    write(Action.SAMPLE_SENT, "provider:feishu", provider="feishu")
    write(Action.SAMPLE_WITHDRAWN, "provider:feishu", provider="feishu")
    write(Action.MATCHING_ASKED, "members", provider="feishu", count=8)
    page = admin.get(PATH)
    for words in ("平台 飞书", "平台： 飞书", "途径： 飞书", "应用： cli_1", "更换应用密钥： 是",
                  "全部成员", "数量： 8"):  # fmt: skip
        assert words in page.text
    assert "钉钉" not in page.one("tbody").get_text()
    assert "AppKey" not in page.text
    assert "AppSecret" not in page.text


def test_stored_text_is_never_markup(admin, write):
    write(Action.TICKET_CLOSED, reason='"><script>alert(1)</script>')
    page = admin.get(PATH)
    assert '"><script>alert(1)</script>' in page.text
    assert not page.select("tbody script")


def test_newest_first_filtered_and_paged(admin, write, make_member, monkeypatch):
    monkeypatch.setattr(record_list, "PAGE", 2)
    make_member("li")
    for number in range(3):
        write(Action.TICKET_CLOSED, reason=str(number))
    write(Action.TICKET_SUBMITTED, actor="li")
    write(Action.KEYS_ROTATED, "keys", None)
    page = admin.get(PATH)
    assert listed(page) == ["keys_rotated", "ticket_submitted"]
    page = admin.get(page.one('a[rel="next"]')["href"])
    assert listed(page) == ["ticket_closed", "ticket_closed"]
    assert "回到第一页" in page.text
    page = admin.get(PATH).form(has="actor").fill(action="ticket_closed").send(200)
    assert listed(page) == ["ticket_closed", "ticket_closed"]
    assert page.one("#action [selected]")["value"] == "ticket_closed"
    page = admin.get(page.one('a[rel="next"]')["href"])
    assert listed(page)[0] == "ticket_closed"
    assert listed(admin.get(PATH + "?actor=li")) == ["ticket_submitted"]
    assert "keys_rotated" in listed(admin.get(PATH + "?actor=-"))
    assert listed(admin.get(PATH + "?actor=nobody")) == []


@pytest.mark.parametrize(
    "query",
    ["?before=abc", "?before=" + "9" * 30, "?action=zzz", "?actor=%00", "?actor=" + "a" * 999],
)
def test_nonsense_in_the_address_is_no_error(admin, write, query):
    write(Action.SIGNED_OUT)
    assert admin.get(PATH + query).h1 == "操作记录"


def test_only_admins_enter(make_member, sign_in, visitor):
    make_member("li")
    sign_in("li").get(PATH, status=403)
    assert visitor.get(PATH).path.startswith("/login")


def test_subjects_are_words_too(context):
    with context.test_request_context():
        assert titles.of_subject("ticket:default/12") == "工单 default/12"
        assert titles.of_subject("provider:dingtalk") == "平台 钉钉"
        assert titles.of_subject("project:portal") == "项目 portal"
        assert titles.of_subject("settings:global") == "全局配置"
        assert titles.of_subject("keys") == "加密密钥"
        assert titles.of_subject("something:else") == "something:else"
        assert titles.of_subject("") == "-"
