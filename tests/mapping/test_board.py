"""成员映射: every member in every provider, found by what and since when, or why not."""

from __future__ import annotations

import pytest

from portal.extensions import db
from portal.models import OperationRecord, ProviderAccount

PATH = "/settings/mapping"


@pytest.fixture
def boss(both, sign_in):
    return sign_in("boss")


def cell(page, username, provider):
    row = page.one(f'[data-member="{username}"]')
    return row.select_one(f'[data-provider="{provider}"]')


def states(page, provider):
    return {
        row["data-member"]: row.select_one(f'[data-provider="{provider}"]')["data-mapping"]
        for row in page.select("[data-member]")
    }


def test_without_a_provider_it_says_what_to_do(admin):
    page = admin.get(PATH)
    assert page.h1 == "成员映射"
    assert "还没有启用审批平台" in page.text
    assert page.one('.empty a[href="/settings/integrations"]')


def test_switching_a_provider_on_matches_everybody(both, boss):
    both.match()
    page = boss.get(PATH)
    for provider in ("dingtalk", "feishu"):
        found = states(page, provider)
        assert found.pop("boss") == "missing"
        assert found.pop("admin") == "missing"
        assert set(found.values()) == {"found"}
    text = cell(page, "lead", "feishu").get_text()
    assert "按手机号 13900000002" in text
    assert "自 20" in text
    nobody = cell(page, "boss", "dingtalk").get_text()
    assert "没有填写手机号" in nobody
    assert "用户中心" in nobody


def test_before_anybody_was_asked_it_says_unchecked(both, boss):
    page = boss.get(PATH)
    assert set(states(page, "feishu").values()) == {"unchecked", "missing"}
    assert "等待匹配" in page.text
    assert "正在匹配：已完成 0 / " in page.text
    assert page.one("#mapping-board")["data-refresh"]
    both.match()
    page = boss.get(PATH)
    assert "正在匹配" not in page.text
    assert not page.one("#mapping-board").has_attr("data-refresh")


def test_an_email_is_enough_for_feishu_and_said(both, boss):
    with both.rules():
        both.member("lead").phone = ""
    both.match()
    page = boss.get(PATH)
    assert cell(page, "lead", "feishu")["data-mapping"] == "found"
    assert "按邮箱 lead@pay.example" in cell(page, "lead", "feishu").get_text()
    assert cell(page, "lead", "dingtalk")["data-mapping"] == "missing"


def test_a_shared_phone_is_named_and_matches_nobody(both, boss):
    """Pitfall 5."""
    with both.rules():
        both.member("senior").phone = both.member("lead").phone
    both.match()
    page = boss.get(PATH)
    for username in ("lead", "senior"):
        for provider in ("dingtalk", "feishu"):
            assert cell(page, username, provider)["data-mapping"] == "shared"
            assert "13900000002" in cell(page, username, provider).get_text()
    with both.rules():
        rows = db.session.scalars(
            db.select(ProviderAccount).where(ProviderAccount.external_id.is_not(None))
        )
        assert {"lead", "senior"}.isdisjoint(row.member.username for row in rows)


def test_a_malformed_phone_is_named(both, boss):
    with both.rules():
        both.member("lead").phone = "12"
    both.match()
    page = boss.get(PATH)
    assert cell(page, "lead", "dingtalk")["data-mapping"] == "missing"
    assert "手机号 12 不是有效的号码" in cell(page, "lead", "dingtalk").get_text()
    assert cell(page, "lead", "feishu")["data-mapping"] == "found"  # by the e-mail


def test_who_is_not_there_is_missing_with_the_reason_and_the_cure(both, boss):
    gone = {"userid": "ding-lead", "active": False}
    both.sandbox.control("people", {"people": [gone]})
    both.match()
    page = boss.get(PATH)
    for provider, words in {"dingtalk": "60121", "feishu": "通讯录权限范围"}.items():
        assert cell(page, "lead", provider)["data-mapping"] == "missing"
        assert words in cell(page, "lead", provider).get_text()


def test_one_member_is_matched_again_at_once(both, boss):
    both.match()
    gone = {"userid": "ding-lead", "active": False}
    both.sandbox.control("people", {"people": [gone]})
    both.sandbox.control("calls", method="DELETE")
    page = boss.get(PATH)
    form = next(
        form
        for form in page.select('form[action="/settings/mapping/check"]')
        if form.select_one('[name="member"]')["value"] == "lead"
    )
    assert form.select_one('[name="provider"]')["value"] == ""
    page = boss.post(f"{PATH}/check", {"member": "lead", "provider": ""})
    assert page.flashes == [("success", "正在重新匹配 李组长。")]
    assert both.sandbox.calls() == [], "no web request calls a provider"
    assert "等待匹配" in cell(page, "lead", "feishu").get_text()
    both.match()
    assert len(both.sandbox.calls("getbymobile") + both.sandbox.calls("batch_get_id")) == 2
    page = boss.get(PATH)
    assert cell(page, "lead", "feishu")["data-mapping"] == "missing"
    assert cell(page, "owner", "feishu")["data-mapping"] == "found"


def test_all_are_matched_again_in_one_provider(both, boss):
    both.match()
    both.sandbox.control("calls", method="DELETE")
    chooser = boss.get(PATH).one("select#provider")
    assert [one["value"] for one in chooser.select("option")] == ["", "dingtalk", "feishu"]
    page = boss.post(f"{PATH}/check", {"member": "", "provider": "feishu"})
    assert "正在重新匹配，共 8 项。" in page.flashes[0][1]
    both.match()
    assert len(both.sandbox.calls("batch_get_id")) == 6
    assert both.sandbox.calls("getbymobile") == []
    with both.rules():
        record = db.session.scalars(
            db.select(OperationRecord).filter_by(action="matching_asked")
        ).one()
        assert record.details == {"provider": "feishu", "count": 8}


def test_a_changed_phone_is_matched_again_by_itself(both, boss):
    both.match()
    with both.rules():
        member_id = both.member("lead").id
    form = boss.get(f"/settings/members/{member_id}").form(has="phone")
    form.fill(phone="13900000099", email="other@pay.example").send()
    page = boss.get(PATH)
    assert cell(page, "lead", "dingtalk")["data-mapping"] == "unchecked"
    both.match()
    assert cell(boss.get(PATH), "lead", "dingtalk")["data-mapping"] == "missing"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"member": "nobody", "provider": ""}, "没有用户名为“nobody”的成员"),
        ({"member": "", "provider": "wecom"}, "没有启用"),
        ({"member": "x\x00", "provider": "\x00"}, "没有用户名"),
    ],
)
def test_nonsense_is_refused_in_words(both, boss, values, words):
    page = boss.post(f"{PATH}/check", values)
    assert page.flashes[0][0] == "error"
    assert words in page.flashes[0][1]


def test_missing_permission_is_shown_and_keeps_whom_we_know(both, boss):
    both.match()
    both.sandbox.control(
        "scopes",
        {"app_key": "cli_sandboxapp000001", "revoke": ["contact:user.id:readonly"]},
    )
    boss.post(f"{PATH}/check", {"member": "lead", "provider": "feishu"})
    both.match()
    page = boss.get(PATH)
    assert cell(page, "lead", "feishu")["data-mapping"] == "found"
    assert "contact:user.id:readonly" in cell(page, "lead", "feishu").get_text()
    assert cell(page, "lead", "dingtalk")["data-mapping"] == "found"


def test_it_is_searched_and_paged(both, boss, make_member):
    for number in range(25):
        make_member(f"extra{number:02}")
    page = boss.get(PATH)
    assert len(page.select("[data-member]")) == 20
    page = boss.get(page.one('a[rel="next"]')["href"])
    assert page.select("[data-member]")
    page = boss.get(f"{PATH}?q=extra07")
    assert [row["data-member"] for row in page.select("[data-member]")] == ["extra07"]


def test_only_admins_enter(both, sign_in):
    member = sign_in("creator")
    member.get(PATH, status=403)
    member.post(f"{PATH}/check", {"member": "", "provider": ""}, status=403)
