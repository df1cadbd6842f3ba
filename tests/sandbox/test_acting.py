"""Tasks, nodes, history, withdrawal, and the list of ids."""

import time

import pytest


def node(kind, *users):
    return {"actionType": kind, "userIds": list(users)}


def tasks(sandbox, key):
    return [(t["userId"], t["status"], t["result"]) for t in sandbox.detail(key)["tasks"]]


def terminate(sandbox, key, **body):
    body = {"processInstanceId": key, "isSystem": True} | body
    return sandbox.api("POST", "workflow/processInstances/terminate", body)


def query(sandbox, code, **more):
    body = {"processCode": code, "startTime": int(time.time() * 1000) - 60_000,
            "nextToken": 0, "maxResults": 20} | more
    return sandbox.api("POST", "workflow/processes/instanceIds/query", body)


def test_one_of_an_or_node_decides_and_the_others_tasks_are_cancelled(sandbox):
    key = sandbox.start(approvers=[node("OR", "lisi", "wangwu"), node("NONE", "zhaoliu")])
    assert sandbox.execute(key, "wangwu").json() == {"result": True, "success": True}
    assert tasks(sandbox, key) == [
        ("lisi", "CANCELED", "NONE"), ("wangwu", "COMPLETED", "AGREE"),
        ("zhaoliu", "RUNNING", "NONE")]


def test_all_of_an_and_node_must_agree(sandbox):
    key = sandbox.start(approvers=[node("AND", "lisi", "wangwu")])
    sandbox.execute(key, "wangwu")
    assert sandbox.detail(key)["status"] == "RUNNING"
    sandbox.execute(key, "lisi")
    assert (sandbox.detail(key)["status"], sandbox.detail(key)["result"]) == ("COMPLETED", "agree")


def test_one_refusal_ends_it_whatever_follows(sandbox):
    key = sandbox.start(approvers=[node("AND", "lisi", "wangwu"), node("NONE", "zhaoliu")])
    sandbox.execute(key, "lisi", "refuse", remark="缺少索引")
    detail = sandbox.detail(key)
    assert (detail["status"], detail["result"]) == ("COMPLETED", "refuse")
    assert tasks(sandbox, key) == [("lisi", "COMPLETED", "REFUSE"), ("wangwu", "CANCELED", "NONE")]
    decided = next(r for r in detail["operationRecords"] if r["type"] == "EXECUTE_TASK_NORMAL")
    assert (decided["userId"], decided["result"], decided["remark"]) == (
        "lisi", "REFUSE", "缺少索引")


def test_a_remark_is_shown_only_when_written(sandbox):
    key = sandbox.start()
    sandbox.execute(key, "lisi")
    assert all("remark" not in line for line in sandbox.detail(key)["operationRecords"])


@pytest.mark.parametrize(("more", "expected"), [
    ({"processInstanceId": ""}, "invalidInstanceId"),
    ({"processInstanceId": "x"}, "aflowProcessNotExist"),
    ({"taskId": None}, "invalidInstanceExecuteTaskId"),
    ({"taskId": 5}, "aflowProcessInstCanNotBeExecuted"),
    ({"actionerUserId": ""}, "invalidInstanceExecuteActionerUserId"),
    ({"actionerUserId": "nobody"}, "userNotExist"),
    ({"actionerUserId": "wangwu"}, "aflowProcessInstCanNotBeExecuted"),
    ({"result": "AGREE"}, "invalidInstanceExecuteResult"),
    ({"remark": "字" * 1025}, "invalidParameter"),
])
def test_what_execute_refuses(sandbox, more, expected):
    key = sandbox.start()
    more = {"taskId": sandbox.running_task(key, "lisi")} | more
    answer = sandbox.execute(key, "lisi", **more)
    assert (answer.status_code, answer.json()["code"]) == (400, expected)
    assert tasks(sandbox, key) == [("lisi", "RUNNING", "NONE")]


def test_a_decided_task_is_refused(sandbox):
    key = sandbox.start(approvers=[node("NONE", "lisi"), node("NONE", "wangwu")])
    first = sandbox.running_task(key, "lisi")
    sandbox.execute(key, "lisi")
    answer = sandbox.execute(key, "lisi", taskId=first)
    assert answer.json()["code"] == "aflowProcessInstCanNotBeExecuted"
    sandbox.execute(key, "wangwu")
    answer = sandbox.execute(key, "lisi", taskId=first)
    assert answer.json()["code"] == "aflowProcessInstStatusException"


def test_only_its_owner_hands_a_task_over(sandbox):
    key = sandbox.start()
    task = sandbox.running_task(key, "lisi")
    body = {"taskId": task, "operateUserId": "lisi", "toUserId": "wangwu"}

    def redirect(**more):
        return sandbox.api("POST", "workflow/tasks/redirect", body | more).json()

    assert redirect(toUserId="")["code"] == "param.blank"
    assert redirect(toUserId="nobody")["code"] == "param.illegal"
    assert redirect(taskId=5)["code"] == "param.illegal"
    assert redirect(operateUserId="zhaoliu")["code"] == "param.illegal.operator"
    assert redirect() == {"result": True}
    assert redirect()["code"] == "task.status.error"
    assert tasks(sandbox, key) == [
        ("lisi", "COMPLETED", "REDIRECTED"), ("wangwu", "RUNNING", "NONE")]
    assert sandbox.execute(key, "wangwu").status_code == 200
    assert redirect()["code"] == "instance.status.error"


def test_a_handed_over_task_keeps_an_or_node_open(sandbox):
    key = sandbox.start(approvers=[node("OR", "lisi", "wangwu")])
    sandbox.control(f"cards/{key}/redirect", {"userid": "lisi", "to": "zhaoliu"})
    assert sandbox.detail(key)["status"] == "RUNNING"
    sandbox.control(f"cards/{key}/agree", {"userid": "zhaoliu"})
    assert tasks(sandbox, key) == [
        ("lisi", "COMPLETED", "REDIRECTED"), ("wangwu", "CANCELED", "NONE"),
        ("zhaoliu", "COMPLETED", "AGREE")]


@pytest.mark.parametrize(("more", "expected"), [
    ({"text": ""}, "invalidInstanceCommentText"),
    ({"text": "字" * 1025}, "invalidInstanceCommentText"),
    ({"commentUserId": ""}, "invalidInstanceCommentUserId"),
    ({"commentUserId": "nobody"}, "userNotExist"),
    ({"processInstanceId": "x"}, "aflowProcessInstNotExist"),
])
def test_what_comments_refuse(sandbox, more, expected):
    body = {"processInstanceId": sandbox.start(), "text": "好", "commentUserId": "lisi"} | more
    answer = sandbox.api("POST", "workflow/processInstances/comments", body)
    assert (answer.status_code, answer.json()["code"]) == (400, expected)


def test_an_ended_card_takes_comments_unless_the_rules_say_no(sandbox):
    key = sandbox.start()
    sandbox.execute(key, "lisi")
    body = {"processInstanceId": key, "text": "上线成功", "commentUserId": "zhangsan"}
    path = "workflow/processInstances/comments"
    assert sandbox.api("POST", path, body).status_code == 200
    sandbox.control("rules", {"comment_after_end": False})
    answer = sandbox.api("POST", path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "aflowProcessInstCanNotBeExecuted")
    (said,) = sandbox.control(f"cards/{key}").json()["comments"]
    assert (said["user"], said["comment"]) == ("zhangsan", "上线成功")


def test_the_api_withdraws_not_before_15_seconds(sandbox):
    key = sandbox.start()
    answer = terminate(sandbox, key).json()
    assert (answer["code"], answer["message"]) == (
        "aflowProcessInstStatusException", "提交审批后 15 秒内不允许撤销")
    sandbox.control("rules", {"withdraw_after": 0})
    assert terminate(sandbox, key, operatingUserId="zhangsan", remark="关闭").status_code == 200
    detail = sandbox.detail(key)
    assert (detail["status"], detail["result"]) == ("TERMINATED", "")
    assert tasks(sandbox, key) == [("lisi", "CANCELED", "NONE")]
    assert detail["operationRecords"][-1]["type"] == "TERMINATE_PROCESS_INSTANCE"
    assert terminate(sandbox, key).json()["code"] == "aflowProcessInstStatusException"
    assert sandbox.control(f"cards/{key}").json()["terminated_by"] == "zhangsan"


@pytest.mark.parametrize(("more", "expected"), [
    ({"isSystem": None}, "invalidInstanceTerminateIsSystem"),
    ({"isSystem": False}, "invalidInstanceTerminateOperatingUserId"),
    ({"isSystem": False, "operatingUserId": "lisi"}, "invalidInstanceTerminateOperatingUserId"),
    ({"operatingUserId": "nobody"}, "userNotExist"),
    ({"processInstanceId": "x"}, "aflowProcessInstNotExist"),
    ({"processInstanceId": ""}, "invalidInstanceId"),
])
def test_what_terminate_refuses(sandbox, more, expected):
    sandbox.control("rules", {"withdraw_after": 0})
    answer = terminate(sandbox, sandbox.start(), **more)
    assert (answer.status_code, answer.json()["code"]) == (400, expected)


def test_the_templates_switch_forbids_withdrawing(sandbox):
    sandbox.control("rules", {"withdraw_after": 0, "allow_withdraw": False})
    assert terminate(sandbox, sandbox.start()).json()["code"] == "internalError"


def test_details_of_unknown_and_deleted_instances(sandbox):
    key = sandbox.start()
    sandbox.control(f"cards/{key}/state", {"deleted": True})
    expected = {"": "invalidParameter", "x": "processInstanceNotExist",
                key: "processInstanceIdError"}
    for asked, code in expected.items():
        answer = sandbox.api("GET", "workflow/processInstances", processInstanceId=asked)
        assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_ids_come_in_pages_with_a_text_as_next_token(sandbox):
    code = sandbox.template()
    keys = {sandbox.start(code) for _ in range(5)}
    first = query(sandbox, code, maxResults=3).json()
    assert first["success"] is True
    assert first["result"]["nextToken"] == "3"
    second = query(sandbox, code, maxResults=3, nextToken=3).json()["result"]
    assert "nextToken" not in second
    assert {*first["result"]["list"], *second["list"]} == keys


def test_ids_are_filtered_by_status_originator_and_start(sandbox):
    code = sandbox.template()
    keys = [sandbox.start(code), sandbox.start(code, originatorUserId="wangwu")]
    sandbox.execute(keys[0], "lisi")

    def ids(**more):
        return query(sandbox, code, **more).json()["result"]["list"]

    assert ids(statuses=["RUNNING"]) == [keys[1]]
    assert ids(statuses=["COMPLETED"]) == [keys[0]]
    assert ids(userIds=["zhangsan"]) == [keys[0]]
    assert ids(startTime=int(time.time() * 1000) + 5000) == []
    sandbox.control("rules", {"hide_new_seconds": 60})
    assert ids() == []


NOW = int(time.time() * 1000)
DAY = 86_400_000


@pytest.mark.parametrize(("more", "expected"), [
    ({"processCode": "PROC-X"}, "invalidProcessCode"),
    ({"startTime": None}, "invalidInstanceListIdsStartTime"),
    ({"startTime": NOW - 121 * DAY}, "invalidInstanceListIdsStartTime"),
    ({"startTime": NOW - 366 * DAY, "endTime": NOW}, "invalidInstanceListIdsStartTime"),
    ({"startTime": NOW - 200 * DAY, "endTime": NOW}, "invalidEndTime"),
    ({"endTime": 5}, "invalidEndTime"),
    ({"nextToken": None}, "invalidNextToken"), ({"nextToken": "0"}, "invalidNextToken"),
    ({"maxResults": 21}, "invalidMaxResults"), ({"maxResults": 0}, "invalidMaxResults"),
    ({"userIds": ["u"] * 11}, "invalidUserIds"), ({"statuses": ["NEW"]}, "invalidParameter"),
])
def test_what_the_list_refuses(sandbox, more, expected):
    answer = query(sandbox, sandbox.template(), **more)
    assert (answer.status_code, answer.json()["code"]) == (400, expected)


def test_new_instances_can_be_late_in_detail_and_tasks(sandbox):
    key = sandbox.start()
    sandbox.control("rules", {"hide_tasks_seconds": 60})
    assert sandbox.detail(key)["tasks"] == []
    sandbox.control("rules", {"hide_detail_seconds": 60})
    answer = sandbox.api("GET", "workflow/processInstances", processInstanceId=key)
    assert answer.json()["code"] == "processInstanceNotExist"


def test_odd_states_can_be_forced(sandbox):
    key = sandbox.start()
    sandbox.control(f"cards/{key}/state", {"status": "CANCELED", "result": "agree"})
    assert (sandbox.detail(key)["status"], sandbox.detail(key)["result"]) == ("CANCELED", "agree")
    other = sandbox.start(sandbox.control("templates").json()["templates"][0]["process_code"])
    sandbox.control(f"cards/{other}/state", {"auto_pass": True, "records": [
        {"user": "wangwu", "type": "EXECUTE_TASK_TRANSFER", "result": "NONE"}]})
    detail = sandbox.detail(other)
    assert detail["status"] == "COMPLETED"
    assert "EXECUTE_TASK_TRANSFER" in [line["type"] for line in detail["operationRecords"]]
