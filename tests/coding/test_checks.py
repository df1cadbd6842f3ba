"""The test button: every line by a call that changes nothing (pitfall 27)."""

from __future__ import annotations

import json
import time

import pytest

from portal.blueprints.coding.issues import CodingIssues
from portal.domain.tracker import CheckResult
from tests.coding.conftest import Adapter, calls
from tests.raw_servers import RawServer, answer, says

pytestmark = pytest.mark.usefixtures("context")
ENTRY = ["address", "credentials", "user:profile:ro"]
PROJECT = [
    "project:profile:ro", "project", "collaboration", "collaboration:issue:rw",
    "project:member:ro", "fields",
]  # fmt: skip


def check(issues: CodingIssues, project: str = "shop"):
    lines = issues.check(project)
    assert [one.name for one in lines] == ENTRY + PROJECT
    for one in lines:
        assert one.title
        assert one.detail
        assert bool(one.cure) == (one.result is CheckResult.FAIL), one
    return {one.name: one for one in lines}


def results(lines, of=PROJECT):
    return [lines[name].result.value for name in of]


def revoke(sandbox, *scopes):
    sandbox.post("/scopes", provider="coding", revoke=list(scopes))


def test_every_line_is_fine_and_nothing_is_left_behind(adapter, sandbox):
    lines = check(adapter())
    assert set(results(lines, ENTRY + PROJECT)) == {"ok"}
    assert "Authorization: token" in lines["credentials"].detail
    assert "管理员" in lines["user:profile:ro"].detail
    assert "商城" in lines["project"].detail
    assert "需求、任务、缺陷、史诗、子任务" in lines["collaboration"].detail
    assert sandbox.get("/issues")["issues"] == []
    assert calls(sandbox).count("CreateIssue") == 1


def test_without_a_project_the_later_lines_are_skipped(adapter, sandbox):
    for name in ("", "  "):
        lines = check(adapter(), name)
        assert results(lines, ENTRY) == ["ok"] * 3
        assert set(results(lines)) == {"skipped"}
        assert "没有填写项目名称" in lines["project"].detail
    assert set(calls(sandbox)) == {"DescribeCodingCurrentUser"}


def test_a_bad_token_stops_at_its_line(adapter, sandbox):
    adapter.token = "wrong-token-0001"
    lines = check(adapter())
    assert results(lines, ENTRY) == ["ok", "fail", "skipped"]
    assert set(results(lines)) == {"skipped"}
    assert "访问令牌" in lines["credentials"].cure


def test_a_token_that_only_bearer_takes_is_fine(adapter, sandbox):
    sandbox.post("/rules", coding_schemes=["Bearer"])
    lines = check(adapter())
    assert "Authorization: Bearer" in lines["credentials"].detail
    assert set(results(lines)) == {"ok"}


def test_a_token_that_may_not_say_whose_it_is_is_good_enough(adapter, sandbox):
    revoke(sandbox, "user:profile:ro")
    lines = check(adapter())
    assert results(lines, ENTRY) == ["ok", "ok", "fail"]
    assert lines["user:profile:ro"].is_warning
    assert set(results(lines)) == {"ok"}


def test_a_missing_right_to_create_is_found_out(adapter, sandbox):
    revoke(sandbox, "collaboration:issue:rw")
    sandbox.post("/scopes", provider="coding", grant=["collaboration:issue:ro"])
    lines = check(adapter())
    assert results(lines) == ["ok", "ok", "ok", "fail", "ok", "ok"]
    line = lines["collaboration:issue:rw"]
    assert "「项目协同（读写）」(collaboration:issue:rw)" in line.detail
    assert line.code == "UnauthorizedOperation"
    assert sandbox.get("/issues")["issues"] == []


def test_a_missing_right_to_see_projects_is_found_out(adapter, sandbox):
    revoke(sandbox, "project:profile:ro")
    lines = check(adapter())
    assert results(lines)[:2] == ["fail", "skipped"]
    assert "项目信息" in lines["project:profile:ro"].detail


def test_a_project_that_is_not_there(adapter):
    lines = check(adapter(), "nope")
    assert results(lines) == ["ok", "fail", "skipped", "skipped", "skipped", "skipped"]
    assert "/p/" in lines["project"].cure


def test_an_archived_project(adapter):
    lines = check(adapter(), "archive")
    assert results(lines)[1] == "fail"
    assert "已归档" in lines["project"].detail


def test_a_project_that_was_never_initialised(adapter):
    lines = check(adapter(), "newborn")
    assert results(lines) == ["ok", "ok", "fail", "skipped", "ok", "skipped"]
    assert "打开一次「项目协同」" in lines["collaboration"].cure


def test_mandatory_fields_are_listed_as_a_warning(adapter, sandbox):
    lines = check(adapter(), "strict")
    line = lines["fields"]
    assert (line.result, line.is_warning) == (CheckResult.FAIL, True)
    assert "缺陷：影响范围" in line.detail
    assert "工时" not in line.detail, "sent as soon as it is asked for"
    required = ["issue_due_date_required", "issue_assignee_required"]
    sandbox.post("/coding/projects", name="strict", required=required)
    assert "任务：处理人、截止日期" in check(adapter(), "strict")["fields"].detail


@pytest.mark.parametrize("kind", ["status", "ban", "ban_json", "flood", "lost_before"])
def test_what_is_no_coding_is_a_failed_address(adapter, sandbox, kind):
    sandbox.fault("DescribeCodingCurrentUser", kind, times=5)
    lines = check(adapter(timeout=2))
    assert results(lines, ENTRY) == ["fail", "skipped", "skipped"]
    assert set(results(lines)) == {"skipped"}


def test_nobody_there_is_a_failed_address():
    lines = check(Adapter("http://127.0.0.1:9")())
    assert results(lines, ENTRY) == ["fail", "skipped", "skipped"]


def test_a_throttled_token_is_no_bad_token(adapter, sandbox):
    sandbox.fault("DescribeCodingCurrentUser", "qps")
    lines = check(adapter())
    assert results(lines, ENTRY) == ["ok", "skipped", "skipped"]
    assert "无法确认" in lines["credentials"].detail


@pytest.mark.parametrize(
    ("refusal", "result", "words"),
    [
        ({"Code": "InvalidParameter", "Message": "ParentCode is required"}, "skipped", "无法确认"),
        ({"Code": "FailedOperation", "Message": "怎么回事"}, "skipped", "怎么回事"),
        ({"Code": "FailedOperation", "Message": "issue_custom_field_required"}, "ok", "未留下"),
        ({"Code": "UnauthorizedOperation", "Message": "no"}, "fail", "没有这项操作的权限"),
        (None, "fail", "没有拒绝"),
    ],
)
def test_the_probe_of_the_right_to_create_says_what_it_can_tell(refusal, result, words):
    def script(sock, request):
        action = json.loads(request.split(b"\r\n\r\n", 1)[1])["Action"]
        sock.sendall(answer(json.dumps({"Response": ANSWERS.get(action, created)}).encode()))

    created = {"Error": refusal} if refusal else {"Issue": {"Code": 66, "Name": "x"}}
    with RawServer(script) as server:
        line = check(Adapter(server.url)())["collaboration:issue:rw"]
    assert line.result.value == result
    assert words in line.detail
    if refusal is None:
        assert "#66" in line.detail, "never seen, and never silent"
        assert line.is_warning


ANSWERS = {
    "DescribeCodingCurrentUser": {"User": {"Id": 1, "Name": "n"}},
    "DescribeProjectByName": {"Project": {"Id": 2, "Name": "shop", "Archived": False}},
    "DescribeProjectIssueTypeList": {"IssueTypes": [{"IssueType": "DEFECT"}]},
    "DescribeProjectIssueFieldList": {"ProjectIssueFieldList": []},
    "DescribeProjectMembers": {"Data": {"ProjectMembers": []}},
    "DescribeIssueList": {"IssueList": []},
}


def test_somebody_who_never_answers_is_left_after_a_few_seconds():
    with RawServer(lambda _sock, _request: time.sleep(20)) as server:
        started = time.monotonic()
        lines = check(Adapter(server.url)(timeout=10))
    assert time.monotonic() - started < 6
    assert results(lines, ENTRY) == ["fail", "skipped", "skipped"]


def test_a_slow_platform_is_over_within_fifteen_seconds():
    def script(sock, request):
        time.sleep(3)
        action = json.loads(request.split(b"\r\n\r\n", 1)[1])["Action"]
        said = ANSWERS.get(action, {"Error": {"Code": "x", "Message": "y"}})
        sock.sendall(answer(json.dumps({"Response": said}).encode()))

    with RawServer(script) as server:
        started = time.monotonic()
        lines = check(Adapter(server.url)(timeout=10))
    assert time.monotonic() - started < 15
    assert results(lines)[-1] == "skipped"


def test_a_page_with_200_is_a_failed_address():
    with RawServer(says(answer(b"<html><title>Login</title></html>"))) as server:
        line = check(Adapter(server.url)())["address"]
    assert line.result is CheckResult.FAIL
    assert "Login" in line.detail
