"""Tokens, permissions, and what projects and the security front refuse."""

import pytest

from portal.sandbox import CODING_TOKEN

BAD_TOKEN = ("ResourceNotFound", "User not found, authorization invalid")
LOOK = ("DescribeProjectByName", {"ProjectName": "shop"})


def refused(coding, **more) -> tuple:
    return coding.refused("CreateIssue", **coding.issue_body(**more))


def test_both_schemes_are_taken_unless_a_rule_says_otherwise(coding):
    action, body = LOOK
    for scheme in ("token", "Bearer"):
        assert "Project" in coding.post(action, body, scheme=scheme).json()["Response"]
    coding.control("rules", {"coding_schemes": ["token"]})
    assert coding.refused(action, scheme="Bearer", **body) == BAD_TOKEN
    assert coding.ask(action, **body)
    assert coding.refused(action, scheme="Token", **body) == BAD_TOKEN
    assert coding.control("rules", {"coding_schemes": "token"}).status_code == 400


def test_a_bad_or_missing_token_looks_like_an_unknown_user(coding):
    action, body = LOOK
    for token in ("wrong", "", f"token {CODING_TOKEN}"):
        assert coding.refused(action, token=token, **body) == BAD_TOKEN
    coding.control("rules", {"coding_auth_status": 401})
    answer = coding.post(action, body, token="wrong")
    assert (answer.status_code, answer.text) == (401, "Invalid")
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_a_token_ends_and_another_takes_its_place(coding):
    action, body = LOOK
    coding.control("apps", {"provider": "coding", "revoke_tokens": True})
    assert coding.refused(action, **body) == BAD_TOKEN
    coding.control("apps", {"provider": "coding", "app_secret": "fresh"})
    assert "Project" in coding.post(action, body, token="fresh").json()["Response"]
    assert coding.refused(action, **body) == BAD_TOKEN


@pytest.mark.parametrize(("scope", "action", "body"), [
    ("collaboration:issue:rw", "CreateIssue", {}),
    ("collaboration:issue:rw", "DescribeProjectIssueTypeList", {"ProjectName": "shop"}),
    ("project:profile:ro", *LOOK), ("user:profile:ro", "DescribeCodingCurrentUser", {}),
    ("team:profile:ro", "DescribeTeam", {}),
])
def test_each_action_needs_its_permission(coding, scope, action, body):
    coding.control("scopes", {"provider": "coding", "revoke": [scope]})
    code, message = coding.refused(action, **body)
    assert code == "UnauthorizedOperation"
    assert scope in message


def test_reading_permission_reads_only(coding):
    coding.control("scopes", {"provider": "coding", "revoke": ["项目协同"],
                              "grant": ["collaboration:issue:ro"]})
    assert coding.ask("DescribeIssueList", ProjectName="shop", IssueType="ALL")
    assert refused(coding)[0] == "UnauthorizedOperation"


@pytest.mark.parametrize(("more", "error"), [
    ({"ProjectName": "unheard"}, ("ResourceNotFound", "project_not_exists")),
    ({"ProjectName": "archive"}, ("FailedOperation", "project_is_archived")),
    ({"ProjectName": "newborn"}, ("FailedOperation", "issue_project_issue_not_init")),
    ({"Type": "UNHEARD"}, ("InvalidParameterValue", "issue_type_unknown")),
    ({"Priority": "4"}, ("InvalidParameterValue", "issue_priority_invalid")),
    ({"Priority": 1}, ("InvalidParameterValue", "issue_priority_invalid")),
    ({"Type": "SUB_TASK"}, ("FailedOperation", "issue_sub_task_must_have_parent_issue")),
    ({"ParentCode": 99}, ("InvalidParameterValue", "issue_parent_not_exist")),
    ({"AssigneeId": 99}, ("InvalidParameterValue", "issue_assignee_not_exist")),
    ({"Name": "题" * 256}, ("InvalidParameterValue", "issue_title_too_long")),
    ({"Description": "文" * 100_001}, ("InvalidParameterValue", "issue_description_too_long")),
])
def test_what_a_new_issue_is_refused_for(coding, more, error):
    assert refused(coding, **more) == error
    assert coding.kept() == []


@pytest.mark.parametrize("name", ["ProjectName", "Type", "Name", "Priority"])
def test_four_fields_are_required(coding, name):
    code, message = refused(coding, **{name: None})
    assert code == "InvalidParameter"
    assert name in message


def test_texts_up_to_the_limits_pass_and_the_limits_are_rules(coding):
    coding.create("题" * 255, Description="文" * 100_000)
    coding.control("rules", {"coding_title_chars": 5, "coding_description_chars": 5})
    assert refused(coding, name="六个字的标题")[1] == "issue_title_too_long"
    assert refused(coding, name="短")[1] == "issue_description_too_long"


def test_a_project_that_was_never_opened_tells_no_types_or_fields(coding):
    for action in ("DescribeProjectIssueTypeList", "DescribeProjectIssueFieldList"):
        assert coding.refused(action, ProjectName="newborn", IssueType="DEFECT") == (
            "FailedOperation", "issue_project_issue_not_init")
    assert coding.ask("DescribeProjectByName", ProjectName="newborn")
    coding.control("coding/projects", {"name": "newborn", "initialised": True})
    assert coding.create(project="newborn")["Code"] == 1


def test_an_archived_project_can_be_read(coding):
    coding.create()
    coding.control("coding/projects", {"name": "shop", "archived": True})
    assert coding.codes() == [1]
    assert coding.refused("DeleteIssue", ProjectName="shop", IssueCode=1)[1] == (
        "project_is_archived")


def test_who_is_no_member_gets_no_issue(coding):
    number = coding.member("lisi")
    coding.control("coding/projects", {"name": "shop", "members": ["zhangsan"]})
    error = ("InvalidParameterValue", "issue_assignee_no_access")
    assert refused(coding, AssigneeId=number) == error
    coding.control("coding/projects", {"name": "shop", "members": None})
    coding.control("people", {"people": [{"userid": "lisi", "active": False}]})
    assert refused(coding, AssigneeId=number) == error


@pytest.mark.parametrize(("message", "more"), [
    ("working_hour_required", {"WorkingHours": 8}), ("issue_due_date_required", {
        "DueDate": "2030-01-31"}), ("issue_assignee_required", None),
    ("issue_defect_type_required", {"DefectTypeId": 11}),
    ("issue_project_label_required", {"LabelIds": [1]}),
    ("issue_custom_field_required", {"CustomFieldValues": [{"Id": 501, "Content": "全部"}]}),
])
def test_a_project_may_make_fields_mandatory(coding, message, more):
    coding.control("coding/projects", {"name": "shop", "required": [message]})
    body = {"Type": "DEFECT", "WorkingHours": None}
    assert refused(coding, **body) == ("FailedOperation", message)
    assert coding.create(**(body | (more or {"AssigneeId": coding.member("lisi")})))["Code"] == 1


def test_the_requirement_type_is_mandatory_for_requirements_only(coding):
    message = "issue_requirement_type_required"
    coding.control("coding/projects", {"name": "shop", "required": [message]})
    assert refused(coding, Type="REQUIREMENT") == ("FailedOperation", message)
    coding.create(Type="REQUIREMENT", RequirementTypeId=21)
    coding.create(Type="MISSION")


def test_the_strict_project_shows_what_it_wants(coding):
    def required(kind: str) -> dict:
        listed = coding.ask("DescribeProjectIssueFieldList", ProjectName="strict", IssueType=kind)
        return {one["IssueField"]["Name"]: one["Required"]
                for one in listed["ProjectIssueFieldList"] if one["Required"]}

    assert required("DEFECT") == {"预估工时": True, "影响范围": "True"}
    assert required("MISSION") == {"预估工时": True}
    coding.create(project="strict")
    assert refused(coding, project="strict", Type="DEFECT")[1] == "issue_custom_field_required"
    assert refused(coding, project="strict", WorkingHours=None)[1] == "working_hour_required"


def test_sensitive_words_are_refused(coding):
    coding.control("rules", {"coding_sensitive_words": ["机密"]})
    error = ("FailedOperation", "content_include_sensitive_words")
    assert refused(coding, name="机密事项") == refused(coding, Description="含机密") == error
    assert coding.create()["Code"] == 1


def test_the_security_front_answers_with_a_page(coding):
    coding.control("rules", {"coding_front_words": ["union select"]})
    body = coding.issue_body(Description="1 UNION SELECT password")
    answer = coding.post("CreateIssue", body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "text/html; charset=utf-8")
    assert "请求被拦截" in answer.text
    coding.control("rules", {"coding_front_status": 200})
    assert coding.post("CreateIssue", body, token="wrong").status_code == 200
    assert coding.kept() == []


def test_thirty_calls_a_second_for_each_action(coding):
    coding.control("rules", {"coding_qps": 3})
    for _ in range(3):
        assert coding.ask("DescribeTeam")
    assert coding.refused("DescribeTeam")[0] == "RequestLimitExceeded"
    assert coding.ask("DescribeCodingCurrentUser")
    coding.control("reset", {})
    assert coding.control("rules").json()["coding_qps"] == 30
