"""CreateIssue, what changes an issue afterwards, and how an action may be named."""

import json

import pytest
import requests

from portal.sandbox import CODING_TOKEN

ZERO_USER = {"Id": 0, "Status": 0, "Avatar": "", "Name": "", "Email": "", "TeamId": 0,
             "Phone": "", "GlobalKey": "", "TeamGlobalKey": ""}
HEADERS = {"Authorization": f"token {CODING_TOKEN}"}


def test_an_issue_has_what_was_sent_and_zeros_for_the_rest(coding):
    issue = coding.create(DueDate="1978-02-14", StartDate="1978-02-04")
    sent = (issue["Type"], issue["Name"], issue["Priority"], issue["WorkingHours"])
    assert sent == ("MISSION", "索引缺失 P1-Q7", "1", 8)
    assert (issue["IssueStatusType"], issue["IssueStatusName"]) == ("TODO", "未开始")
    assert issue["IssueTypeDetail"]["Name"] == "任务"
    assert issue["IssueTypeId"] == issue["IssueTypeDetail"]["Id"]
    # As recorded from the platform: a day begins and ends in China.
    assert (issue["StartDate"], issue["DueDate"]) == (255369600000, 256319999000)
    assert issue["CreatedAt"] == issue["UpdatedAt"] > 10**12
    assert issue["CompletedAt"] == 0
    nobody = [issue["Assignee"], issue["Parent"]["Assignee"], issue["Epic"]["Assignee"]]
    assert nobody == [ZERO_USER] * 3
    assert (issue["Parent"]["Code"], issue["Iteration"]["Code"], issue["DefectType"]["Id"]) == (
        0, 0, 0)
    assert issue["Assignees"] == issue["SubTasks"] == issue["Labels"] == []
    assert issue["Creator"]["Name"] == "管理员"
    assert "url" not in str(issue).lower().replace("iconurl", "")


def test_numbers_count_up_in_each_project_and_are_never_used_twice(coding):
    coding.control("coding/projects", {"name": "second"})
    assert [coding.create()["Code"] for _ in range(3)] == [1, 2, 3]
    assert coding.create(project="second")["Code"] == 1
    coding.ask("DeleteIssue", ProjectName="shop", IssueCode=3)
    assert coding.create()["Code"] == 4


def test_the_same_call_twice_makes_two_issues(coding):
    assert coding.create()["Code"] != coding.create()["Code"]
    assert [one["code"] for one in coding.kept(key="P1-Q7")] == [1, 2]


def test_an_assignee_is_a_member_by_number(coding):
    issue = coding.create(AssigneeId=coding.member("lisi"))
    assert (issue["Assignee"]["Name"], issue["Assignee"]["Id"]) == ("李四", coding.member("lisi"))
    assert [one["Name"] for one in issue["Assignees"]] == ["李四"]
    assert coding.create(AssigneeId=str(coding.member("lisi")))["Assignee"]["Name"] == "李四"


def test_a_sub_task_names_its_parent(coding):
    parent = coding.create("上级")["Code"]
    assert coding.create(Type="SUB_TASK", ParentCode=parent)["Parent"]["Name"] == "上级"


@pytest.mark.parametrize(("path", "body"), [
    ("/open-api?Action=DescribeTeam", {}), ("/open-api?action=DescribeTeam", {}),
    ("/open-api?action=DescribeTeam&Action=DescribeTeam", {}),
    ("/open-api", {"Action": "DescribeTeam"}), ("/open-api/", {"Action": "DescribeTeam"}),
    ("/open-api/DescribeTeam", {}),
    ("/open-api/DescribeTeam?Action=DescribeTeam", {"Action": "DescribeTeam"}),
])
def test_an_action_may_be_named_in_path_query_or_body(coding, path, body):
    # Without a Content-Type, as one client does.
    answer = requests.post(coding.base + path, data=json.dumps(body), headers=HEADERS, timeout=5)
    assert answer.json()["Response"]["Data"]["TeamHost"] == coding.base
    path = coding.control("calls").json()["calls"][-1]["path"]
    assert path == "/open-api?Action=DescribeTeam"


@pytest.mark.parametrize(("path", "body"), [
    ("/open-api?Action=DescribeTeam", {"Action": "DeleteIssue"}),
    ("/open-api/DescribeTeam?action=DeleteIssue", {}),
    ("/open-api", {}), ("/open-api?Action=Unheard", {}), ("/open-api?Action=describeteam", {}),
])
def test_no_action_two_or_an_unknown_one_is_refused(coding, path, body):
    answer = requests.post(coding.base + path, json=body, headers=HEADERS, timeout=5)
    assert answer.status_code == 200
    assert answer.json()["Response"]["Error"]["Code"] == "InvalidAction"
    assert answer.json()["Response"]["RequestId"]


def test_only_json_objects_by_post(coding):
    assert requests.get(f"{coding.base}/open-api?Action=DescribeTeam", timeout=5).status_code == 405
    for data in (b"[1]", b"{", b'{"Name": "\\ud800"}'):
        answer = requests.post(f"{coding.base}/open-api?Action=CreateIssue", data=data,
                               headers=HEADERS, timeout=5)
        assert answer.json()["Response"]["Error"]["Code"] == "InvalidParameter"


def test_modifying_reaches_four_fields_and_never_the_description(coding):
    issue = coding.create()
    about = {"ProjectName": "shop", "IssueCode": issue["Code"]}
    listed = coding.ask("DescribeProjectIssueStatusList", ProjectName="shop", IssueType="MISSION")
    done = next(one["IssueStatusId"] for one in listed["ProjectIssueStatusList"]
                if one["IssueStatus"]["Type"] == "COMPLETED")
    changed = coding.ask("ModifyIssue", **about, Name="新名称", Priority="3", StatusId=done,
                         AssigneeId=coding.member("wangwu"), Description="忽略")["Issue"]
    assert (changed["Name"], changed["Priority"], changed["Assignee"]["Name"]) == (
        "新名称", "3", "王五")
    assert (changed["IssueStatusType"], changed["CompletedAt"] > 0) == ("COMPLETED", True)
    assert changed["Description"] == issue["Description"]
    assert coding.ask("ModifyIssueDescription", **about, Description="新描述") == {}
    assert coding.ask("DescribeIssue", **about)["Issue"]["Description"] == "新描述"
    defect = coding.create(Type="DEFECT")["Code"]
    assert coding.refused("ModifyIssue", ProjectName="shop", IssueCode=defect, StatusId=done) == (
        "InvalidParameterValue", "issue_status_not_exist")


def test_comments_are_kept(coding):
    about = {"ProjectName": "shop", "IssueCode": coding.create()["Code"]}
    assert coding.ask("CreateIssueComment", **about, Content="已修复", ParentId=0) == {}
    (said,) = coding.kept()[0]["comments"]
    assert (said["content"], said["user"], said["parent"]) == ("已修复", "admin", 0)
    assert coding.refused("CreateIssueComment", **about, Content="答", ParentId=99)[0] == (
        "InvalidParameterValue")


def test_a_deleted_issue_is_gone_for_everybody_but_the_judge(coding):
    about = {"ProjectName": "shop", "IssueCode": coding.create()["Code"]}
    assert coding.ask("DeleteIssue", **about, IssueType="MISSION") == {}
    for action in ("DescribeIssue", "ModifyIssue", "DeleteIssue"):
        assert coding.refused(action, **about) == ("ResourceNotFound", "issue_not_exist")
    assert coding.codes() == []
    assert [one["is_deleted"] for one in coding.kept()] == [True]
