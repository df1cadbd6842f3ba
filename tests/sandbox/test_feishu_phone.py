"""Feishu's cards on the page of phones, beside DingTalk's."""

import pytest

from .test_phone import labels, page, phone, press

LINK = "http://127.0.0.1:5000/projects/default/tickets/1"


@pytest.fixture
def key(feishu) -> str:
    return feishu.start(approvers=("lisi", "wangwu"), form=[
        {"id": "title", "type": "input", "value": "<b>上线</b>"},
        {"id": "detail", "type": "textarea", "value": f"见 {LINK}。"},
        {"id": "rows", "type": "fieldList", "value": [
            [{"id": "r_db", "type": "input", "value": "db1"},
             {"id": "r_score", "type": "number", "value": 90}]]},
    ])


def test_each_platform_is_marked_once_with_its_own_app(feishu):
    soup = page(feishu)
    marked = soup.find_all(attrs={"data-app-key": True})
    assert [one["data-provider"] for one in marked] == ["dingtalk", "feishu", "coding"]
    own = marked[1]
    assert feishu.token(own["data-app-key"], own["data-app-secret"])
    assert own.h2.get_text() == "飞书"
    assert [one.get_text() for one in own.find_all("dt")] == ["App ID", "App Secret"]
    another = {"provider": "feishu", "app_key": "cli_two", "app_secret": "told-to-nobody"}
    feishu.control("apps", another)
    soup = page(feishu)
    assert len(soup.find_all(attrs={"data-app-key": True})) == 3
    assert "cli_two" in soup.get_text()
    assert "told-to-nobody" not in str(soup)


def test_a_card_shows_its_platform_and_its_values(feishu, key):
    card = phone(page(feishu), "李四").find(attrs={"data-card": key})
    assert (card["data-provider"], card["data-status"]) == ("feishu", "pending")
    text = card.get_text()
    assert "飞书" in text
    assert "审批中" in text
    assert "<b>上线</b>" in text
    assert card.find("a", href=LINK)
    assert [one.get_text() for one in card.find_all("th")] == ["数据源", "审核得分"]
    assert [one.get_text() for one in card.find_all("td")] == ["db1", "90"]
    assert labels(card) == ["同意", "拒绝", "转交", "评论"]
    own = phone(page(feishu), "张三").find(attrs={"data-card": key})
    assert labels(own) == ["撤销", "评论"]


@pytest.mark.parametrize(("person", "label", "fields", "status", "shown"), [
    ("王五", "同意", {}, "APPROVED", ["已通过", "王五 同意"]),
    ("李四", "拒绝", {"remark": "缺少索引"}, "REJECTED", ["已拒绝", "李四 拒绝：缺少索引"]),
    ("张三", "撤销", {}, "CANCELED", ["已撤回", "张三 撤回"]),
    ("李四", "转交", {"to": "zhaoliu"}, "PENDING", ["审批中", "李四 转交"]),
    ("李四", "评论", {"remark": "稍后看"}, "PENDING", ["审批中", "李四 评论：稍后看"]),
])
def test_a_button_does_what_it_says_in_feishus_words(
    feishu, key, person, label, fields, status, shown
):
    press(feishu, page(feishu), person, key, label, **fields)
    assert feishu.detail(key)["status"] == status
    card = phone(page(feishu), person).find(attrs={"data-card": key})
    text = " ".join(card.get_text(" ", strip=True).split()).replace(" ：", "：")
    for words in shown:
        assert words in text


def test_a_late_press_changes_nothing_and_says_so(feishu, key):
    old = page(feishu)
    press(feishu, old, "李四", key, "同意")
    place = press(feishu, old, "王五", key, "拒绝", remark="晚了")
    assert feishu.detail(key)["status"] == "APPROVED"
    assert "操作未执行" in page(feishu, place).get_text()


def test_a_returned_card_waits_on_its_originators_phone(feishu):
    key = feishu.start(feishu.definition(settings={"reject_option": 1}))
    press(feishu, page(feishu), "李四", key, "拒绝", remark="请补充")
    own = phone(page(feishu), "张三").find(attrs={"data-card": key})
    assert labels(own) == ["重新提交", "撤销", "评论"]
    assert not own.find_parent("details")
    press(feishu, page(feishu), "张三", key, "重新提交")
    assert "同意" in labels(phone(page(feishu), "李四").find(attrs={"data-card": key}))


def test_an_approved_card_that_is_taken_back_says_so(feishu):
    key = feishu.start(feishu.definition(settings={"revert_interval": 3600}))
    press(feishu, page(feishu), "李四", key, "同意")
    press(feishu, page(feishu), "张三", key, "撤销")
    card = phone(page(feishu), "李四").find(attrs={"data-card": key})
    assert "撤销审批中" in card.get_text()
    assert "同意" in labels(card)


def test_a_machines_pass_is_the_systems(feishu):
    key = feishu.start()
    feishu.control(f"cards/{key}/state", {"auto_pass": True})
    card = phone(page(feishu), "李四").find(attrs={"data-card": key})
    assert "系统 自动通过" in " ".join(card.get_text(" ", strip=True).split())


def test_both_platforms_cards_stand_on_one_phone(feishu, sandbox, key):
    other = sandbox.start()
    soup = phone(page(feishu), "李四")
    providers = [one["data-provider"] for one in soup.find_all(attrs={"data-card": True})]
    assert providers == ["dingtalk", "feishu"]
    press(sandbox, page(sandbox), "李四", other, "同意")
    assert sandbox.detail(other)["result"] == "agree"
    assert feishu.detail(key)["status"] == "PENDING"
