"""Comments on Feishu's instances: whose they are, and what is refused."""

import json

import pytest

PATH = "approval/v4/instances"


def comment(feishu, key, content, by="zhaoliu", **more):
    query = {"user_id": feishu.who(by)} if by else {}
    return feishu.api("POST", f"{PATH}/{key}/comments", {"content": content} | more, **query).json()


def test_a_comment_is_a_persons_and_stands_beside_the_timeline(feishu):
    key = feishu.start(uuid="by-its-uuid")
    said = comment(feishu, "by-its-uuid", '{"text": "看过了"}')["data"]["comment_id"]
    assert said.isdecimal()
    detail = feishu.detail(key)
    assert [(one["id"], one["comment"], one["open_id"]) for one in detail["comment_list"]] == [
        (said, "看过了", feishu.who("zhaoliu"))]
    assert detail["comment_list"][0]["create_time"].endswith("000")
    assert [one["type"] for one in detail["timeline"]] == ["START"]
    assert feishu.card(key)["comments"][0]["user"] == "zhaoliu"
    listed = feishu.data("GET", f"{PATH}/{key}/comments", user_id=feishu.who("zhaoliu"))
    assert json.loads(listed["comments"][0]["content"]) == {"text": "看过了"}


def test_a_comment_is_changed_by_its_own_person(feishu):
    key = feishu.start()
    said = comment(feishu, key, '{"text": "一"}')["data"]["comment_id"]
    changed = comment(feishu, key, '{"text": "二"}', comment_id=said)
    assert changed["data"]["comment_id"] == said
    assert comment(feishu, key, '{"text": "三"}', "lisi", comment_id=said)["code"] == 60001
    assert [one["comment"] for one in feishu.card(key)["comments"]] == ["二"]


def test_the_bot_may_comment(feishu):
    key = feishu.start()
    bot = feishu.api("GET", "bot/v3/info").json()["bot"]["open_id"]
    feishu.data("POST", f"{PATH}/{key}/comments", {"content": '{"text": "已执行"}'}, user_id=bot)
    assert feishu.detail(key)["comment_list"][0]["open_id"] == bot


@pytest.mark.parametrize(("content", "by", "code"), [
    ("看过了", "lisi", 60001), ("[]", "lisi", 60001), ("{}", "lisi", 60001),
    ('{"text": 5}', "lisi", 60001), ({"text": "看过了"}, "lisi", 9499), ("", "lisi", 99992402),
    ('{"text": "看过了"}', "", 99992402),
])
def test_what_comments_refuse(feishu, content, by, code):
    assert comment(feishu, feishu.start(), content, by)["code"] == code


def test_an_ended_card_takes_comments_unless_the_rules_say_no(feishu):
    key = feishu.start()
    feishu.act(key, "lisi")
    assert comment(feishu, key, '{"text": "上线成功"}')["code"] == 0
    feishu.control("rules", {"comment_after_end": False})
    assert comment(feishu, key, '{"text": "上线成功"}')["code"] == 1390009
    assert [one["comment"] for one in feishu.card(key)["comments"]] == ["上线成功"]


def test_comments_need_a_known_instance_and_person(feishu):
    assert comment(feishu, "X", '{"text": "t"}')["code"] == 1390003
    body = {"content": '{"text": "t"}'}
    assert feishu.code("POST", f"{PATH}/{feishu.start()}/comments", body, user_id="ou_x") == 1390004
