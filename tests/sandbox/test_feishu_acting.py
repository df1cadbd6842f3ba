"""Feishu's tasks, nodes, timeline, cancelling, and states that people cannot make."""

import json
import time

import pytest

from .feishu_caller import definition_body, node

PATH = "approval/v4/instances"


def chosen(feishu, **people) -> list[dict]:
    return [{"key": key, "value": [feishu.who(one) for one in listed]}
            for key, listed in people.items()]


def two_nodes(feishu, first="OR", **settings) -> str:
    """An instance with two nodes: 李四 and 王五, then 赵六."""
    body = definition_body(node(kind=first), node("second"), settings=settings)
    code = feishu.data("POST", "approval/v4/approvals", body)["approval_code"]
    return feishu.start(code, node_approver_open_id_list=chosen(
        feishu, approve=["lisi", "wangwu"], second=["zhaoliu"]))


def cancel(feishu, key, by="zhangsan", **more) -> dict:
    body = {"approval_code": feishu.card(key)["approval_code"], "instance_code": key,
            "user_id": feishu.who(by)} | more
    return feishu.api("POST", f"{PATH}/cancel", body).json()


def test_one_of_an_or_node_decides_and_the_others_are_done(feishu):
    key = two_nodes(feishu)
    assert feishu.act(key, "wangwu", comment="可以").json()["data"] == {}
    assert feishu.tasks(key) == [("lisi", "DONE"), ("wangwu", "APPROVED"), ("zhaoliu", "PENDING")]
    feishu.act(key, "zhaoliu")
    detail = feishu.detail(key)
    assert (detail["status"], detail["end_time"] != "0") == ("APPROVED", True)
    assert [(one["type"], one.get("comment")) for one in detail["timeline"]] == [
        ("START", None), ("PASS", "可以"), ("PASS", "")]
    assert detail["timeline"][1]["task_id"] == detail["task_list"][1]["id"]


def test_all_of_an_and_node_must_agree(feishu):
    key = two_nodes(feishu, "AND")
    feishu.act(key, "wangwu")
    assert feishu.tasks(key) == [("lisi", "PENDING"), ("wangwu", "APPROVED")]
    feishu.act(key, "lisi")
    assert feishu.tasks(key)[-1] == ("zhaoliu", "PENDING")


def test_a_sequential_node_asks_one_after_the_other(feishu):
    key = two_nodes(feishu, "SEQUENTIAL")
    assert feishu.tasks(key) == [("lisi", "PENDING")]
    feishu.act(key, "lisi")
    assert feishu.tasks(key) == [("lisi", "APPROVED"), ("wangwu", "PENDING")]
    feishu.act(key, "wangwu")
    assert feishu.tasks(key)[-1] == ("zhaoliu", "PENDING")


@pytest.mark.parametrize("kind", ["AND", "OR", "SEQUENTIAL"])
def test_one_rejection_ends_the_whole_flow(feishu, kind):
    key = two_nodes(feishu, kind)
    feishu.act(key, "lisi", "reject", comment="缺少索引")
    detail = feishu.detail(key)
    assert detail["status"] == "REJECTED"
    assert {task["status"] for task in detail["task_list"]} <= {"REJECTED", "DONE"}
    last = detail["timeline"][-1]
    assert (last["type"], last["open_id"], last["comment"]) == (
        "REJECT", feishu.who("lisi"), "缺少索引")


@pytest.mark.parametrize("action", ["approve", "reject", "transfer"])
def test_only_its_owner_acts_on_a_task_and_once(feishu, action):
    key = two_nodes(feishu)
    path = f"approval/v4/tasks/{action}"
    body = feishu.act_body(key, "lisi", transfer_user_id=feishu.who("sunqi"))
    assert feishu.code("POST", path, body | {"user_id": feishu.who("wangwu")}) == 1390009
    assert feishu.code("POST", path, body | {"user_id": "ou_x"}) == 1390004
    assert feishu.code("POST", path, body | {"task_id": "1"}) == 1390010
    assert feishu.code("POST", path, body | {"instance_code": "X"}) == 1390003
    assert feishu.code("POST", path, body | {"approval_code": "X"}) == 1390002
    other = feishu.definition()
    assert feishu.code("POST", path, body | {"approval_code": other}) == 1390003
    assert feishu.code("POST", path, body | {"task_id": ""}) == 99992402
    assert feishu.code("POST", path, body | {"task_id": 1}) == 9499
    assert feishu.code("POST", path, body | {"form": []}) == 9499
    feishu.data("POST", path, body)
    assert feishu.code("POST", path, body) == 1390010


def test_a_done_task_of_an_or_node_is_not_found(feishu):
    key = two_nodes(feishu)
    body = feishu.act_body(key, "lisi")
    feishu.act(key, "wangwu")
    assert feishu.code("POST", "approval/v4/tasks/approve", body) == 1390010


def test_actors_may_be_named_by_any_kind_of_id(feishu):
    key = two_nodes(feishu)
    body = feishu.act_body(key, "lisi") | {"user_id": "lisi"}
    assert feishu.code("POST", "approval/v4/tasks/approve", body) == 1390004
    feishu.data("POST", "approval/v4/tasks/approve", body, user_id_type="user_id")


def test_a_transferred_task_waits_for_somebody_else(feishu):
    key = two_nodes(feishu)
    body = feishu.act_body(key, "lisi")
    path = "approval/v4/tasks/transfer"
    assert feishu.code("POST", path, body) == 99992402
    assert feishu.code("POST", path, body | {"transfer_user_id": "ou_x"}) == 1390004
    assert feishu.code("POST", path, body | {"transfer_user_id": body["user_id"]}) == 1390001
    feishu.data("POST", path, body | {"transfer_user_id": feishu.who("sunqi"), "comment": "代看"})
    assert feishu.tasks(key) == [("lisi", "TRANSFERRED"), ("wangwu", "PENDING"),
                                 ("sunqi", "PENDING")]
    entry = feishu.detail(key)["timeline"][-1]
    assert (entry["type"], entry["comment"]) == ("TRANSFER", "代看")
    assert entry["open_id_list"] == [feishu.who("sunqi")]
    assert json.loads(entry["ext"])["user_id_list"] == ["sunqi"]
    feishu.act(key, "sunqi")
    assert feishu.tasks(key)[-1] == ("zhaoliu", "PENDING")


def add_sign(feishu, key, kind, method=1) -> None:
    body = feishu.act_body(key, "lisi") | {
        "user_id": "lisi", "add_sign_user_ids": ["sunqi"], "add_sign_type": kind,
        "approval_method": method}
    feishu.api("POST", f"{PATH}/add_sign", body).raise_for_status()


@pytest.mark.parametrize(("kind", "entry", "waiting"), [
    (1, "ADD_APPROVER_BEFORE", {"sunqi"}), (2, "ADD_APPROVER_AFTER", {"lisi", "wangwu"}),
    (3, "ADD_APPROVER", {"lisi", "wangwu", "sunqi"}),
])
def test_approvers_are_added_before_after_and_beside(feishu, kind, entry, waiting):
    key = two_nodes(feishu)
    add_sign(feishu, key, kind)
    assert feishu.timeline(key)[-1] == (entry, "lisi")
    assert {user for user, status in feishu.tasks(key) if status == "PENDING"} == waiting
    order = {1: ["sunqi", "wangwu"], 2: ["wangwu", "sunqi"], 3: ["sunqi"]}[kind]
    for person in order:
        assert feishu.detail(key)["status"] == "PENDING"
        feishu.act(key, person).raise_for_status()
    assert feishu.tasks(key)[-1] == ("zhaoliu", "PENDING")


def test_a_definition_may_return_a_rejected_card_to_its_originator(feishu):
    key = two_nodes(feishu, reject_option=1)
    feishu.act(key, "lisi", "reject", comment="请补充")
    detail = feishu.detail(key)
    assert detail["status"] == "PENDING"
    assert [(one["type"], one.get("comment")) for one in detail["timeline"]][-1] == (
        "ROLLBACK", "请补充")
    back = detail["task_list"][-1]
    assert (back["open_id"], back["status"], back["node_name"]) == (
        feishu.who("zhangsan"), "PENDING", "发起")
    body = feishu.act_body(key, "zhangsan")
    assert feishu.code("POST", "approval/v4/tasks/approve", body) == 1390010
    feishu.data("POST", "approval/v4/tasks/resubmit", body)
    last = feishu.detail(key)["timeline"][-1]  # a PASS of the originator, which decides nothing
    assert (last["type"], last["open_id"], last["node_key"]) == (
        "PASS", feishu.who("zhangsan"), "START")
    assert [user for user, status in feishu.tasks(key) if status == "PENDING"] == [
        "lisi", "wangwu"]


def test_only_its_originator_cancels_a_card(feishu):
    key = two_nodes(feishu)
    assert cancel(feishu, key, "lisi")["code"] == 1390009
    assert cancel(feishu, key, instance_code="X")["code"] == 1390003
    assert cancel(feishu, key, user_id="ou_x")["code"] == 1390004
    assert cancel(feishu, key, user_id="")["code"] == 99992402
    assert cancel(feishu, key) == {"code": 0, "msg": "success", "data": {}}
    detail = feishu.detail(key)
    assert (detail["status"], detail["reverted"]) == ("CANCELED", False)
    assert feishu.tasks(key) == [("lisi", "DONE"), ("wangwu", "DONE")]
    assert feishu.timeline(key)[-1] == ("CANCEL", "zhangsan")
    assert feishu.card(key)["terminated_by"] == "zhangsan"
    assert cancel(feishu, key)["code"] == 1390001
    assert feishu.act(key, "lisi").json()["code"] == 1390010


def test_the_definitions_switch_and_the_request_forbid_cancelling(feishu):
    code = feishu.definition()
    assert cancel(feishu, feishu.start(code, forbid_revoke=True))["code"] == 1390009
    feishu.control("rules", {"allow_withdraw": False})
    key = feishu.start(code)
    assert cancel(feishu, key)["code"] == 1390009
    assert feishu.control(f"cards/{key}/withdraw", {}).status_code == 409


def test_a_definition_may_forbid_cancelling_after_the_first_node(feishu):
    key = two_nodes(feishu, revert_option=0)
    feishu.act(key, "lisi")
    assert cancel(feishu, key)["code"] == 1390009
    other = two_nodes(feishu, revert_option=0)
    assert cancel(feishu, other)["code"] == 0


def test_an_approved_card_is_not_taken_back_when_the_interval_is_zero(feishu):
    key = feishu.start()
    feishu.act(key, "lisi")
    assert cancel(feishu, key)["code"] == 1390009
    assert feishu.detail(key)["status"] == "APPROVED"


@pytest.mark.parametrize(("action", "status", "reverted"), [
    ("approve", "CANCELED", True), ("reject", "APPROVED", False),
])
def test_an_approved_card_taken_back_goes_into_approval_again(feishu, action, status, reverted):
    code = feishu.definition(settings={"revert_interval": 3600})
    key = feishu.start(code)
    feishu.act(key, "lisi")
    assert cancel(feishu, key)["code"] == 0
    detail = feishu.detail(key)
    assert (detail["status"], detail["reverted"], detail["end_time"]) == ("PENDING", False, "0")
    feishu.act(key, "lisi", action)
    detail = feishu.detail(key)
    assert (detail["status"], detail["reverted"]) == (status, reverted)


def test_after_its_interval_an_approved_card_stays(feishu):
    code = feishu.definition(settings={"revert_interval": 1})
    key = feishu.start(code)
    feishu.act(key, "lisi")
    time.sleep(1.1)
    assert cancel(feishu, key)["code"] == 1390009


def test_a_deleted_card_is_read_as_deleted_and_listed_no_more(feishu):
    code = feishu.definition()
    key = feishu.start(code)
    feishu.control(f"cards/{key}/state", {"deleted": True})
    detail = feishu.detail(key)
    assert (detail["status"], detail["timeline"][-1]["type"]) == ("DELETED", "DELETE")
    now = int(time.time() * 1000)
    listed = feishu.data("GET", PATH, approval_code=code, start_time=now - 60_000, end_time=now)
    assert listed["instance_code_list"] == []
    assert feishu.control(f"cards/{key}/agree", {"userid": "lisi"}).status_code == 404


def test_odd_states_can_be_forced(feishu):
    code = feishu.definition()
    key = feishu.start(code)
    feishu.control(f"cards/{key}/state", {"status": "OVERTIME", "reverted": True, "records": [
        {"user": "wangwu", "type": "DELETE_APPROVER", "to": ["lisi"], "remark": "减签"},
        {"user": "", "type": "AUTO_REJECT"}]})
    detail = feishu.detail(key)
    assert (detail["status"], detail["reverted"]) == ("OVERTIME", True)
    assert [one["type"] for one in detail["timeline"]] == [
        "START", "DELETE_APPROVER", "AUTO_REJECT"]
    assert detail["timeline"][1]["open_id_list"] == [feishu.who("lisi")]
    assert detail["timeline"][2]["open_id"] == ""
    feishu.control(f"cards/{key}/state", {"status": "PENDING", "reverted": False,
                                          "originator": "sunqi"})
    assert feishu.act(key, "lisi").status_code == 200
    assert feishu.detail(key)["open_id"] == feishu.who("sunqi")
    other = feishu.start(code)
    feishu.control(f"cards/{other}/state", {"auto_pass": True})
    detail = feishu.detail(other)
    assert (detail["status"], detail["timeline"][-1]["type"]) == ("APPROVED", "AUTO_PASS")
    assert feishu.tasks(other) == [("lisi", "DONE"), ("", "APPROVED")]
