"""Whom a new Feishu instance asks, and when it passes by itself."""


import pytest

from .feishu_caller import definition_body, listed, node, start

PATH = "approval/v4/instances"


@pytest.fixture
def code(feishu) -> str:
    return feishu.definition()


def test_a_node_is_named_by_either_of_its_ids(feishu, code):
    own = feishu.data("GET", f"approval/v4/approvals/{code}")["node_list"][0]["node_id"]
    body = feishu.start_body(code) | {
        "node_approver_open_id_list": [{"key": own, "value": [feishu.who("lisi")]}]}
    key = feishu.data("POST", PATH, body)["instance_code"]
    assert feishu.detail(key)["task_list"][0]["node_id"] == own


def test_several_approvers_need_the_definitions_word(feishu):
    code = feishu.definition(node(approver_chosen_multi=False))
    assert start(feishu, code, approvers=("lisi", "wangwu"))["code"] == 1390001
    assert start(feishu, code)["code"] == 0


def test_approvers_are_chosen_within_the_definitions_range(feishu):
    allowed = {"type": "PERSONAL", "id_list": [feishu.who("lisi")]}
    code = feishu.definition(node(approver_chosen_range=[allowed]))
    assert start(feishu, code, approvers=("wangwu",))["code"] == 1390001
    assert start(feishu, code, approvers=("lisi",))["code"] == 0


def test_a_node_with_a_fixed_approver_takes_no_chosen_one(feishu):
    fixed = [{"type": "Personal", "user_id": feishu.who("lisi")}]
    code = feishu.definition(node(approver=fixed))
    assert start(feishu, code)["code"] == 1390001
    body = feishu.start_body(code) | {"node_approver_open_id_list": []}
    key = feishu.data("POST", PATH, body)["instance_code"]
    assert feishu.tasks(key) == [("lisi", "PENDING")]


def test_stopped_and_deleted_definitions_start_nothing(feishu, code):
    feishu.control(f"templates/{code}", {"status": "INACTIVE"})
    assert start(feishu, code)["code"] == 1390015
    feishu.control(f"templates/{code}", {"status": "ACTIVE", "deleted": True})
    assert start(feishu, code)["code"] == 1390016


def test_a_definition_without_approvers_passes_at_once(feishu):
    body = definition_body()
    body["node_list"] = [{"id": "START"}, {"id": "END"}]
    code = feishu.data("POST", "approval/v4/approvals", body)["approval_code"]
    body = feishu.start_body(code) | {"node_approver_open_id_list": []}
    detail = feishu.detail(feishu.data("POST", PATH, body)["instance_code"])
    assert (detail["status"], detail["task_list"]) == ("APPROVED", [])
    assert detail["end_time"] != "0"


@pytest.mark.parametrize(("starter", "status", "tasks"), [
    ("STARTER", "PENDING", [("zhangsan", "PENDING"), ("lisi", "PENDING")]),
    ("AUTO_PASS", "APPROVED", [("", "APPROVED")]),
    ("SUPERVISOR", "PENDING", [("lisi", "PENDING")]),
])
def test_what_happens_to_an_originator_who_approves_is_the_definitions_choice(
    feishu, starter, status, tasks
):
    code = feishu.definition(node(starter_assignee=starter))
    key = feishu.start(code, ("zhangsan", "lisi"))
    assert (feishu.detail(key)["status"], feishu.tasks(key)) == (status, tasks)


def test_an_automatic_pass_names_nobody(feishu):
    code = feishu.definition(node(starter_assignee="AUTO_PASS"))
    detail = feishu.detail(feishu.start(code, ("zhangsan",)))
    entry, task = detail["timeline"][-1], detail["task_list"][0]
    assert (entry["type"], entry["open_id"], entry["user_id"]) == ("AUTO_PASS", "", "")
    assert (task["type"], task["status"], task["open_id"]) == ("AUTO_PASS", "APPROVED", "")


def test_nobody_to_ask_passes_by_itself(feishu):
    code = feishu.definition(node(approver=[{"type": "Supervisor", "level": "1"}]))
    body = feishu.start_body(code) | {"node_approver_open_id_list": []}
    key = feishu.data("POST", PATH, body)["instance_code"]
    assert feishu.timeline(key)[-1] == ("AUTO_PASS", "")


def test_a_node_can_be_passed_by_the_request_itself(feishu, code):
    key = feishu.start(code, node_auto_approval_list=[
        {"node_id_type": "CUSTOM", "node_id": "approve"}])
    assert feishu.detail(key)["status"] == "APPROVED"


def test_who_agreed_before_may_pass_later_nodes(feishu):
    feishu.control("rules", {"auto_pass_repeated": True})
    code = feishu.definition(node(), node("second"))
    people = [feishu.who("lisi")]
    key = feishu.start(code, node_approver_open_id_list=listed(approve=people, second=people))
    feishu.act(key, "lisi")
    assert feishu.detail(key)["status"] == "APPROVED"
    assert feishu.timeline(key)[-1] == ("REMOVE_REPEAT", "lisi")
