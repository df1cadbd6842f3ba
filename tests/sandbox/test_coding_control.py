"""The door for tests, as far as CODING goes: the judge's view, projects, people over there."""

import pytest

from portal.sandbox import CODING_TEAM, CODING_TOKEN, create_sandbox
from portal.sandbox.store import Store
from tests.sandbox_client import Sandbox


def test_the_judge_sees_every_issue_whole(coding):
    coding.create(AssigneeId=coding.member("lisi"))
    coding.create("另一个", Type="DEFECT")
    coding.ask("DeleteIssue", ProjectName="shop", IssueCode=1)
    first, second = coding.kept(project="shop")
    assert (first["code"], first["name"], first["is_deleted"]) == (1, "索引缺失 P1-Q7", True)
    assert (first["assignee"], first["assignee_name"]) == ("lisi", "李四")
    assert (first["description"], first["working_hours"]) == ("- SQL: `select 1`", 8)
    assert (second["type"], second["status"], second["comments"]) == ("DEFECT", "TODO", [])
    assert second["url"] == f"{coding.base}/p/shop/all/issues/2"
    assert [one["code"] for one in coding.kept(key="Q7")] == [1]
    assert coding.kept(project="strict") == []


def test_stories_see_and_move_issues(coding):
    far_side = Sandbox(coding.base)
    far_side.coding_project("pay", display_name="支付", required=["issue_due_date_required"])
    coding.create(project="pay", DueDate="2030-01-31")
    assert far_side.move_issue("pay", 1, "COMPLETED")["completed_at"] > 0
    answer = coding.ask("DescribeIssue", ProjectName="pay", IssueCode=1)
    assert answer["Issue"]["IssueStatusType"] == "COMPLETED"
    assert far_side.move_issue("pay", 1, "TODO")["completed_at"] == 0
    far_side.move_issue("pay", 1, "deleted")
    assert [one["is_deleted"] for one in far_side.issues("pay", "Q7")] == [True]
    assert coding.control("coding/issues/pay/1", {"status": "TODO"}).status_code == 404


def test_a_change_of_a_project_keeps_what_it_does_not_name(coding):
    coding.control("coding/projects", {"name": "strict", "archived": True})
    projects = {one["name"]: one for one in
                coding.control("coding/projects").json()["projects"]}
    assert list(projects) == ["shop", "newborn", "archive", "strict"]
    assert projects["strict"]["archived"] is True
    assert projects["strict"]["required"] == [
        "working_hour_required", "issue_custom_field_required:DEFECT"]


@pytest.mark.parametrize(("path", "body"), [
    ("coding/projects", {}), ("coding/projects", {"name": "商城"}),
    ("coding/projects", {"name": "a/b"}), ("coding/projects", {"name": "x", "unheard": 1}),
    ("coding/projects", {"name": "x", "archived": "yes"}),
    ("coding/projects", {"name": "x", "required": ["unheard"]}),
    ("coding/issues/shop/1", {"status": "DONE"}), ("coding/issues/shop/1", {}),
    ("rules", {"coding_schemes": None}), ("rules", {"coding_front_words": [""]}),
    ("rules", {"coding_search_lag": -1}),
    ("scopes", {"provider": "coding", "grant": ["approval:approval"]}),
])
def test_orders_that_make_no_sense_are_refused_with_a_reason(coding, path, body):
    before = coding.control("coding/projects").json(), coding.control("rules").json()
    answer = coding.control(path, body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert (coding.control("coding/projects").json(), coding.control("rules").json()) == before


def test_permissions_have_the_names_of_the_tokens_page(coding):
    scopes = coding.control("scopes").json()
    assert scopes["names"]["collaboration:issue:rw"] == "项目协同（读写）"
    assert scopes["scopes"][CODING_TEAM] == [
        "collaboration:issue:rw", "project:profile:ro", "user:profile:ro", "team:profile:ro"]


def test_a_reset_forgets_issues_and_starts_counting_anew(coding):
    coding.create()
    coding.reset()
    assert coding.kept() == []
    assert coding.create()["Code"] == 1


def test_a_store_made_before_coding_came_gets_its_team_and_projects(tmp_path):
    path = tmp_path / "sandbox.db"
    old = Store(path)
    for mark in ("seed", "dingtalk", "feishu"):
        old.put("seed", mark, {})
    client = create_sandbox(path).test_client()
    assert [one["app_key"] for one in client.get("/control/apps").json["apps"]] == [CODING_TEAM]
    names = [one["name"] for one in client.get("/control/coding/projects").json["projects"]]
    assert names == ["shop", "newborn", "archive", "strict"]
    client.post("/control/coding/projects", json={"name": "shop", "display_name": "改过"})
    again = create_sandbox(path).test_client()
    assert again.get("/control/coding/projects").json["projects"][0]["display_name"] == "改过"


def test_issues_outlive_the_process(tmp_path):
    path = tmp_path / "sandbox.db"
    body = {"ProjectName": "shop", "Type": "MISSION", "Name": "留下", "Priority": "0"}
    headers = {"Authorization": f"token {CODING_TOKEN}"}
    for code in (1, 2):
        client = create_sandbox(path).test_client()
        answer = client.post("/open-api?Action=CreateIssue", json=body, headers=headers)
        assert answer.json["Response"]["Issue"]["Code"] == code
