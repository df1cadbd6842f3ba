"""The lists of issues, and the look-ups of projects, members, team and token's owner."""

import time
from datetime import UTC, datetime, timedelta

import pytest


@pytest.fixture
def five(coding):
    """Issues 1 to 5: two of them urgent, one a defect of 李四's."""
    for place in range(5):
        coding.create(f"第{place} P1-Q{place}", Priority="3" if place % 2 else "0")
    coding.ask("DeleteIssue", ProjectName="shop", IssueCode=5)
    coding.create("慢查询 p1-q9", Type="DEFECT", AssigneeId=coding.member("lisi"))
    return coding


def offset(coding, **asked) -> list[int]:
    body = {"ProjectName": "shop", "IssueType": "ALL"} | asked
    return [one["Code"] for one in coding.ask("DescribeIssueList", **body)["IssueList"]]


def test_a_list_is_by_number_the_newest_first(five):
    assert offset(five) == [6, 4, 3, 2, 1]
    assert offset(five, SortKey="CODE", SortValue="ASC") == [1, 2, 3, 4, 6]
    assert offset(five, Offset=1, Limit=2) == [4, 3]
    assert offset(five, IssueType="DEFECT") == [6]
    assert offset(five, SortKey="PRIORITY", SortValue="DESC")[:2] == [4, 2]


def test_a_page_tells_how_many_there_are(five):
    data = five.ask("DescribeIssueListWithPage", ProjectName="shop", IssueType="ALL",
                    PageNumber=2, PageSize=2)["Data"]
    assert [one["Code"] for one in data.pop("List")] == [3, 2]
    assert data == {"PageNumber": 2, "PageSize": 2, "TotalCount": 5, "TotalPage": 3}


def test_an_entry_has_numbers_for_people_and_its_description(five):
    body = {"ProjectName": "shop", "IssueType": "DEFECT"}
    (entry,) = five.ask("DescribeIssueList", **body)["IssueList"]
    assert entry["AssigneeId"] == entry["Assignees"][0]["Id"] == five.member("lisi")
    assert entry["Description"] == "- SQL: `select 1`"
    assert "Assignee" not in entry


@pytest.mark.parametrize(("key", "value", "codes"), [
    ("PRIORITY", "3", [4, 2]), ("PRIORITY", "3,0", [4, 3, 2, 1]),
    ("STATUS_TYPE", "COMPLETED", []), ("ISSUE_TYPE", "DEFECT", [6]),
    ("KEYWORD", "P1-Q", [6, 4, 3, 2, 1]), ("KEYWORD", "p1-q2", [3]), ("KEYWORD", "4", [4]),
    ("KEYWORD", "select", []),  # the description is not searched
])
def test_conditions_narrow_both_lists(five, key, value, codes):
    condition = {"Key": key, "Value": value}
    assert offset(five, Conditions=[condition]) == codes
    assert five.codes(Conditions=condition) == five.codes(Conditions=[condition]) == codes


def test_people_and_days_narrow_too(five):
    today = (datetime.now(UTC) + timedelta(hours=8)).strftime("%Y-%m-%d")
    lisi = {"Key": "ASSIGNEE", "Value": str(five.member("lisi"))}
    assert offset(five, Conditions=[lisi]) == [6]
    assert offset(five, Conditions=[{"Key": "ASSIGNEE", "ConstValue": "UNSPECIFIC"}]) == [
        4, 3, 2, 1]
    days = {"Key": "CREATED_AT", "Value": f"{today}_{today}"}
    assert offset(five, Conditions=[days, lisi]) == [6]
    past = {"Key": "CREATED_AT", "Value": "2020-08-01_2020-08-31 23:59:59"}
    assert offset(five, Conditions=[past]) == []


@pytest.mark.parametrize("asked", [
    {"Limit": 501}, {"Limit": 0}, {"Offset": -1}, {"SortKey": "UNHEARD"}, {"SortValue": "up"},
    {"Conditions": [{"Key": "UNHEARD", "Value": "1"}]}, {"Conditions": "PRIORITY"},
    {"Conditions": [{"Key": "CREATED_AT", "Value": "yesterday"}]}, {"IssueType": "UNHEARD"},
])
def test_what_a_list_refuses(coding, asked):
    body = {"ProjectName": "shop", "IssueType": "ALL"} | asked
    assert coding.refused("DescribeIssueList", **body)[0] == "InvalidParameterValue"


@pytest.mark.parametrize(("page", "code"), [
    ({"PageNumber": 1, "PageSize": 501}, "InvalidParameterValue"),
    ({"PageNumber": 0, "PageSize": 20}, "InvalidParameterValue"),
    ({"PageSize": 20}, "InvalidParameter"), ({"PageNumber": 1}, "InvalidParameter"),
])
def test_pages_have_bounds(coding, page, code):
    body = {"ProjectName": "shop", "IssueType": "ALL"} | page
    assert coding.refused("DescribeIssueListWithPage", **body)[0] == code


def test_lists_may_lag_behind_while_the_issue_itself_is_there(coding):
    coding.control("rules", {"coding_search_lag": 0.6})
    code = coding.create()["Code"]
    search = {"Conditions": {"Key": "KEYWORD", "Value": "P1-Q7"}}
    assert (coding.codes(**search), offset(coding)) == ([], [])
    assert coding.ask("DescribeIssue", ProjectName="shop", IssueCode=code)["Issue"]["Code"] == code
    time.sleep(0.7)
    assert coding.codes(**search) == offset(coding) == [code]


def test_projects_are_found_by_identifier_alone(coding):
    project = coding.ask("DescribeProjectByName", ProjectName="shop")["Project"]
    assert (project["Name"], project["DisplayName"], project["Archived"]) == ("shop", "商城", False)
    assert coding.ask("DescribeProjectByName", ProjectName="archive")["Project"]["Archived"]
    for name in ("商城", "Shop", str(project["Id"])):
        assert coding.refused("DescribeProjectByName", ProjectName=name) == (
            "ResourceNotFound", "project_not_exists")
    data = coding.ask("DescribeCodingProjects", PageNumber=1, PageSize=3)["Data"]
    assert [one["Name"] for one in data["ProjectList"]] == ["shop", "newborn", "archive"]
    assert data["TotalCount"] == 4
    found = coding.ask("DescribeCodingProjects", PageNumber=1, PageSize=9, ProjectName="商")["Data"]
    assert [one["Name"] for one in found["ProjectList"]] == ["shop"]


def test_members_have_mail_and_phone(coding):
    project = coding.ask("DescribeProjectByName", ProjectName="shop")["Project"]["Id"]
    data = coding.ask("DescribeProjectMembers", ProjectId=project, PageNumber=1, PageSize=2)["Data"]
    assert (len(data["ProjectMembers"]), data["TotalCount"]) == (2, 6)
    first = data["ProjectMembers"][0]
    assert (first["Name"], first["Email"], first["Phone"]) == (
        "张三", "zhangsan@example.com", "13800000001")
    assert coding.refused("DescribeProjectMembers", ProjectId=1, PageNumber=1, PageSize=2) == (
        "ResourceNotFound", "project_not_exists")


def test_the_token_is_somebodys_in_a_team(coding):
    assert coding.ask("DescribeCodingCurrentUser")["User"]["Name"] == "管理员"
    coding.control("people", {"reset": True, "people": [{"userid": "u1", "name": "甲"}]})
    assert coding.ask("DescribeCodingCurrentUser")["User"]["Name"] == "甲"
    assert coding.ask("DescribeTeam")["Data"]["TeamHost"] == coding.base


def test_types_and_their_statuses_are_told(coding):
    types = coding.ask("DescribeProjectIssueTypeList", ProjectName="shop")["IssueTypes"]
    assert {one["IssueType"] for one in types} == {
        "REQUIREMENT", "MISSION", "DEFECT", "EPIC", "SUB_TASK"}
    ids = set()
    for one in types:
        listed = coding.ask("DescribeProjectIssueStatusList", ProjectName="shop",
                            IssueType=one["IssueType"])["ProjectIssueStatusList"]
        assert [s["IssueStatus"]["Type"] for s in listed] == ["TODO", "PROCESSING", "COMPLETED"]
        assert [s["IsDefault"] for s in listed] == [True, False, False]
        ids |= {s["IssueStatusId"] for s in listed}
    assert len(ids) == 15
