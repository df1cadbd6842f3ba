"""Starting an instance, and the reasons for which it is refused."""

import json

import pytest


@pytest.fixture
def code(sandbox) -> str:
    return sandbox.template()


def start(sandbox, code, **more):
    return sandbox.api("POST", "workflow/processInstances", sandbox.start_body(code, **more))


def values(**more):
    return [{"name": name, "value": value} for name, value in ({"工单名称": "t"} | more).items()]


def node(kind, *users):
    return {"actionType": kind, "userIds": list(users)}


def test_each_approver_gets_a_task(sandbox, code):
    key = sandbox.start(code, approvers=[node("AND", "lisi", "wangwu"), node("NONE", "zhaoliu")],
                        ccList=["sunqi"], ccPosition="START")
    detail = sandbox.detail(key)
    assert (detail["status"], detail["result"]) == ("RUNNING", "")
    assert [task["userId"] for task in detail["tasks"]] == ["lisi", "wangwu"]
    assert all(task["taskId"] > 2**32 for task in detail["tasks"])
    assert [record["type"] for record in detail["operationRecords"]] == [
        "START_PROCESS_INSTANCE", "PROCESS_CC"]
    assert detail["originatorUserId"] == "zhangsan"
    assert {v["name"]: v["value"] for v in detail["formComponentValues"]}["工单名称"] == (
        "上线订单库")


@pytest.mark.parametrize("form", [
    values(没有的控件="x"), [{"name": "工单描述", "value": "no title"}], values(工单名称=""),
    values(工单描述="字" * 65536), values(工单描述=5), values(类型="不在选项里"),
    values(审核结果="text"), values(审核结果='[{"name": "数据源", "value": "db1"}]'),
    values(审核结果='[[{"name": "没有的列", "value": "db1"}]]'),
    values(审核结果='[[{"name": "数据源", "value": 90}]]'),
    values(审核结果=[[{"name": "数据源", "value": "db1"}]]),
    values() + values(), ["text"],
], ids=lambda form: str(form)[:40])
def test_values_that_do_not_fit_are_refused(sandbox, code, form):
    answer = start(sandbox, code, formComponentValues=form)
    assert (answer.status_code, answer.json()["code"]) == (400, "formConverterError")
    assert sandbox.control("cards").json()["total"] == 0


def test_long_and_odd_values_that_fit_arrive_unchanged(sandbox, code):
    text = "字" * 65530 + '"\\\n😀'
    table = json.dumps([[{"name": "数据源", "value": '"],[{'}]])
    key = sandbox.start(code, formComponentValues=values(工单描述=text, 审核结果=table))
    form = sandbox.control(f"cards/{key}").json()["form"]
    assert (form["工单描述"], form["审核结果"]) == (text, table)


@pytest.mark.parametrize(("more", "expected"), [
    ({"originatorUserId": "nobody"}, "processInstanceInvalidParameter"),
    ({"originatorUserId": ""}, "processInstanceInvalidParameter"),
    ({"originatorUserId": "sunqi"}, "invalidParameter"),  # has left
    ({"approvers": [node("NONE", "nobody")]}, "processInstanceInvalidParameter"),
    ({"approvers": [node("NONE", "sunqi")]}, "processInstanceInvalidParameter"),
    ({"approvers": [node("NONE", "")]}, "processInstanceInvalidParameter"),
    ({"approvers": [node("NONE", "lisi", "wangwu")]}, "processInstanceInvalidParameter"),
    ({"approvers": [node("OR", "lisi")]}, "processInstanceInvalidParameter"),
    ({"approvers": [node("AND", "lisi")]}, "processInstanceInvalidParameter"),
    ({"approvers": [node("AND", "lisi", "lisi")]}, "processInstanceInvalidParameter"),
    ({"approvers": [node("SOME", "lisi")]}, "processInstanceInvalidParameter"),
    ({"approvers": [node("NONE", "lisi")] * 21}, "processInstanceInvalidParameter"),
    ({"approvers": None}, "processInstanceInvalidParameter"),  # and no deptId
    ({"deptId": 77}, "processInstanceInvalidParameter"),
    ({"ccList": ["nobody"]}, "processInstanceInvalidParameter"),
    ({"processCode": "PROC-X"}, "invalidParameter"),
    ({"processCode": None}, "invalidParameter"),
    ({"formComponentValues": []}, "invalidParameter"),
    ({"bizDetailPageUrl": "https://example.com"}, "benefitStatusInvalid"),
], ids=str)
def test_wrong_people_and_codes_are_refused(sandbox, code, more, expected):
    sandbox.control("people", {"people": [{"userid": "sunqi", "active": False}]})
    answer = start(sandbox, code, **more)
    assert (answer.status_code, answer.json()["code"]) == (400, expected)


def test_deleted_and_stopped_templates_start_nothing(sandbox, code):
    sandbox.control(f"templates/{code}", {"status": "INVALID"})
    assert start(sandbox, code).json()["code"] == "processGetFailed"
    sandbox.control(f"templates/{code}", {"deleted": True})
    assert start(sandbox, code).json()["code"] == "processCodeError"


def test_a_renamed_label_breaks_the_start(sandbox, code):
    sandbox.control(f"templates/{code}", {"rename": {"工单名称": "名称"}})
    answer = start(sandbox, code).json()
    assert (answer["code"], answer["message"]) == (
        "formConverterError", "表单数据校验失败，失败控件：工单名称")


def test_without_approvers_the_templates_own_flow_passes_it_by_itself(sandbox, code):
    key = sandbox.start(code, approvers=None, deptId=-1)
    detail = sandbox.detail(key)
    assert (detail["status"], detail["result"]) == ("COMPLETED", "agree")
    assert ("EXECUTE_TASK_AUTO", "bpms_system") in [
        (record["type"], record["userId"]) for record in detail["operationRecords"]]


def test_an_originator_who_approves_may_pass_by_themselves(sandbox, code):
    sandbox.control("rules", {"auto_pass_originator": True})
    key = sandbox.start(code, approvers=[node("OR", "zhangsan", "lisi"), node("NONE", "wangwu")])
    detail = sandbox.detail(key)
    assert [(task["userId"], task["status"]) for task in detail["tasks"]] == [
        ("zhangsan", "COMPLETED"), ("lisi", "CANCELED"), ("wangwu", "RUNNING")]


def test_who_agreed_before_may_pass_later_nodes(sandbox, code):
    sandbox.control("rules", {"auto_pass_repeated": True})
    key = sandbox.start(code, approvers=[node("NONE", "lisi"), node("NONE", "lisi")])
    sandbox.execute(key, "lisi")
    detail = sandbox.detail(key)
    assert (detail["status"], detail["result"]) == ("COMPLETED", "agree")
    assert [r["type"] for r in detail["operationRecords"]][-2:] == [
        "EXECUTE_TASK_AUTO", "FINISH_PROCESS_INSTANCE"]
