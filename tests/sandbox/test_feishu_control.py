"""The door for tests, for both platforms at once."""

import json

import pytest

from portal.sandbox import (
    CODING_TEAM,
    DEFAULT_APP_KEY,
    FEISHU_APP_ID,
    FEISHU_APP_SECRET,
    create_sandbox,
)
from portal.sandbox.seed import DEFAULT_APPS, plant
from portal.sandbox.store import Store


def test_each_platform_has_its_own_first_app(feishu):
    apps = {app["app_key"]: app for app in feishu.control("apps").json()["apps"]}
    assert {key: app["provider"] for key, app in apps.items()} == {
        DEFAULT_APP_KEY: "dingtalk", FEISHU_APP_ID: "feishu", CODING_TEAM: "coding"}
    assert set(apps[FEISHU_APP_ID]["scopes"]) == {
        "approval:approval", "approval:approval:readonly", "contact:contact.base:readonly",
        "contact:user.email:readonly", "contact:user.employee_id:readonly",
        "contact:user.id:readonly", "contact:user.phone:readonly"}


def test_scopes_of_both_platforms_are_named_as_the_consoles_do(feishu):
    names = feishu.control("scopes").json()["names"]
    assert names["approval:approval"] == "查看、创建、更新、删除审批应用相关信息"
    assert names["contact:user.phone:readonly"] == "获取用户手机号"
    assert names["Workflow.Form.Read"] == "工作流模板读权限"


def test_an_app_is_meant_by_its_key_or_its_platform(feishu):
    names = ["访问审批应用", "查看、创建、更新审批应用相关信息", "获取用户 UserID"]
    answer = feishu.control("scopes", {"app_key": FEISHU_APP_ID, "revoke": names}).json()
    assert len(answer["scopes"]) == 4
    assert "approval:approval:readonly" not in answer["scopes"]
    feishu.control("apps", {"provider": "feishu", "app_secret": "new"})
    assert feishu.token(FEISHU_APP_ID, "new")
    feishu.control("apps", {"provider": "feishu", "app_key": "cli_two", "app_secret": "s"})
    assert feishu.control("scopes").json()["scopes"]["cli_two"]


@pytest.mark.parametrize(("path", "body"), [
    ("scopes", {"provider": "feishu", "grant": ["Workflow.Form.Read"]}),
    ("scopes", {"grant": ["approval:approval"]}), ("scopes", {"provider": "unheard"}),
    ("scopes", {"provider": "dingtalk", "app_key": FEISHU_APP_ID}),
    ("apps", {"provider": "feishu", "app_key": "cli_new"}),
    ("apps", {"provider": "dingtalk", "app_key": FEISHU_APP_ID, "app_secret": "s"}),
    ("rules", {"feishu_per_minute": "100"}), ("rules", {"search_lag_seconds": None}),
    ("rules", {"search_lag_seconds": -1}),
])
def test_orders_that_make_no_sense_are_refused_with_a_reason(feishu, path, body):
    before = feishu.control("apps").json(), feishu.control("rules").json()
    answer = feishu.control(path, body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert (feishu.control("apps").json(), feishu.control("rules").json()) == before


def test_cards_of_both_platforms_have_one_shape(feishu, sandbox):
    key = feishu.start(uuid="P1-7-R1-S1-I1")
    mine, theirs = feishu.card(key), sandbox.control(f"cards/{sandbox.start()}").json()
    assert set(theirs) <= set(mine)
    assert set(mine) - set(theirs) == {
        "uuid", "approval_code", "reverted", "reverting", "serial"}
    assert (mine["provider"], mine["app_key"], mine["status"], mine["originator"]) == (
        "feishu", FEISHU_APP_ID, "PENDING", "zhangsan")
    assert (mine["uuid"], mine["process_code"]) == ("P1-7-R1-S1-I1", mine["approval_code"])
    assert mine["form"]["工单名称"] == "上线订单库"
    rows = json.loads(mine["form"]["审核结果"])
    assert rows[0][0] == {"name": "数据源", "value": "db1"}
    assert [(t["user"], t["status"]) for t in mine["tasks"]] == [("lisi", "PENDING")]
    assert {"user", "type", "remark", "at"} <= set(mine["records"][0])
    assert {one["provider"] for one in feishu.control("cards").json()["cards"]} == {
        "feishu", "dingtalk"}


def test_cards_are_found_by_marker_and_status(feishu):
    form = [{"id": "title", "type": "input", "value": "P1-7-R1-S1-I1"}]
    key = feishu.start(form=form)
    assert feishu.control("cards?marker=7-R1-S1").json()["cards"][0]["id"] == key
    assert feishu.control("cards?status=APPROVED").json()["total"] == 0


def test_thumbs_press_what_the_phone_has(feishu):
    code = feishu.definition()

    def pressed(action, **body) -> dict:
        key = feishu.start(code)
        return feishu.control(f"cards/{key}/{action}", body).json()

    assert pressed("agree", remark="好")["status"] == "APPROVED"  # one can only mean 李四
    refused = pressed("refuse", userid="lisi", remark="缺少索引")
    assert (refused["status"], refused["records"][-1]["remark"]) == ("REJECTED", "缺少索引")
    assert pressed("withdraw")["status"] == "CANCELED"
    assert pressed("redirect", to="wangwu")["tasks"][-1]["user"] == "wangwu"
    assert pressed("comment", userid="sunqi", remark="看过了")["comments"][0]["comment"] == "看过了"
    added = pressed("add_sign", to="wangwu")
    assert [task["user"] for task in added["tasks"]] == ["lisi", "wangwu"]
    assert added["records"][-1]["type"] == "ADD_APPROVER"


def test_thumbs_press_nothing_else(feishu):
    key = feishu.start()
    for action, person in (("agree", "sunqi"), ("withdraw", "lisi"), ("resubmit", "lisi")):
        assert feishu.control(f"cards/{key}/{action}", {"userid": person}).status_code == 409
    to_oneself = {"userid": "lisi", "to": "lisi"}
    assert feishu.control(f"cards/{key}/redirect", to_oneself).status_code == 409
    assert feishu.control(f"cards/{key}/unheard", {}).status_code == 400
    assert feishu.detail(key)["status"] == "PENDING"


def test_a_returned_card_is_sent_again_by_its_originator(feishu):
    key = feishu.start(feishu.definition(settings={"reject_option": 1}))
    feishu.control(f"cards/{key}/refuse", {})
    card = feishu.control(f"cards/{key}/resubmit", {"userid": "zhangsan"}).json()
    assert [t["user"] for t in card["tasks"] if t["status"] == "PENDING"] == ["lisi"]


def test_templates_of_both_platforms_are_listed_with_their_provider(feishu, sandbox):
    codes = {"dingtalk": sandbox.template(), "feishu": feishu.definition()}
    listed = feishu.control("templates").json()["templates"]
    assert {one["provider"]: one["process_code"] for one in listed} == codes
    labels = [one["label"] for one in listed[1]["components"]]
    assert labels == ["工单名称", "工单描述", "类型", "审核结果"]


def test_a_store_made_before_feishu_came_gets_its_app(tmp_path):
    path = tmp_path / "sandbox.db"
    old = Store(path)
    old.put("seed", "seed", {})
    old.put("seed", "dingtalk", {})
    app = create_sandbox(path).test_client()
    apps = app.get("/control/apps").json["apps"]
    assert [one["app_key"] for one in apps] == [FEISHU_APP_ID, CODING_TEAM]
    assert app.get("/control/people").json["people"] == []


def test_what_was_changed_in_a_store_is_not_planted_again():
    store = Store()
    scopes = dict.fromkeys(DEFAULT_APPS, ())
    plant(store, scopes)
    store.put("app", FEISHU_APP_ID, store.get("app", FEISHU_APP_ID) | {"app_secret": "changed"})
    plant(store, scopes)
    assert store.get("app", FEISHU_APP_ID)["app_secret"] == "changed" != FEISHU_APP_SECRET
