"""Creating an issue: what is sent, who it is for, what is mended after a sure refusal."""

from __future__ import annotations

import json

import pytest

from portal.blueprints.coding.issues import CodingIssues
from portal.domain.tracker import (
    Contact,
    IssueKind,
    IssuePriority,
    IssueProgress,
    Kind,
    ProviderError,
)
from tests.coding.conftest import KEY, Adapter, calls, order
from tests.raw_servers import RawServer, answer, says

pytestmark = pytest.mark.usefixtures("context")
LISI = Contact("+8613800000002", "lisi@example.com")


def test_an_issue_has_its_number_its_link_and_its_state(adapter, sandbox):
    issue = adapter().create(order())
    assert issue.number == "1"
    assert issue.url == f"{sandbox.url}/p/shop/all/issues/1"
    assert (issue.progress, issue.progress_name) == (IssueProgress.OPEN, "未开始")
    assert issue.note == ""
    (made,) = sandbox.get("/issues")["issues"]
    assert made["name"].split()[-1] == KEY
    assert made["description"] == order().description
    assert (made["type"], made["priority"]) == ("MISSION", "2")
    assert calls(sandbox) == ["CreateIssue"]


@pytest.mark.parametrize(("priority", "sent"), list(zip(IssuePriority, "0123", strict=True)))
def test_each_priority_has_its_digit(adapter, sandbox, priority, sent):
    adapter().create(order(priority=priority))
    assert sandbox.get("/issues")["issues"][0]["priority"] == sent


@pytest.mark.parametrize("kind", IssueKind)
def test_each_kind_is_made(adapter, sandbox, kind):
    parent = int(adapter().create(order()).number) if kind is IssueKind.SUB_TASK else None
    adapter().create(order(kind=kind, parent=parent))
    assert sandbox.get("/issues")["issues"][-1]["type"] == kind.value


def test_unset_fields_are_left_out():
    made = {"Response": {"Issue": {"Code": 5, "Name": "x", "IssueStatusType": "TODO"}}}
    with RawServer(says(answer(json.dumps(made).encode()))) as server:
        Adapter(server.url)().create(order(description=""))
    head, body = server.requests[0].split(b"\r\n\r\n")
    sent = json.loads(body)
    assert sorted(sent) == ["Action", "Name", "Priority", "ProjectName", "Type"]
    assert head.startswith(b"POST /open-api?Action=CreateIssue HTTP/1.1")
    assert b"Accept: application/json" in head
    assert b"Content-Type: application/json" in head


def test_working_hours_are_sent_only_when_the_project_asks_for_them(adapter, sandbox):
    adapter().create(order(project="strict"))
    (made,) = sandbox.get("/issues")["issues"]
    assert made["working_hours"] == 8
    assert calls(sandbox) == ["CreateIssue", "CreateIssue"]


def test_a_mandatory_field_that_nobody_can_fill_is_refused_with_its_cure(adapter, sandbox):
    with pytest.raises(ProviderError) as caught:
        adapter().create(order(project="strict", kind=IssueKind.DEFECT))
    assert (caught.value.kind, caught.value.message) == (
        Kind.REFUSED, "issue_custom_field_required",
    )  # fmt: skip
    sentence, cure = adapter().explain(caught.value)
    assert "必填的自定义属性" in sentence
    assert "非必填" in cure
    assert sandbox.get("/issues")["issues"] == []


@pytest.mark.parametrize(
    "contact",
    [
        LISI,
        Contact("+8613800000002", ""),
        Contact("", "LISI@Example.com"),
        Contact("138 0000 0002"),
    ],
)
def test_the_assignee_is_found_by_one_exact_phone_or_email(adapter, sandbox, contact):
    issue = adapter().create(order(assignee=contact))
    assert issue.note == ""
    assert sandbox.get("/issues")["issues"][0]["assignee"] == "lisi"


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        (Contact(), "没有填写手机号或邮箱"),
        (Contact("call me", ""), "没有填写手机号或邮箱"),
        (Contact("+8613999999999", "x@example.com"), "没有这个手机号或邮箱"),
        (Contact("+8613800000001", "lisi@example.com"), "不止一个成员"),
    ],
)
def test_who_is_not_found_is_no_reason_to_lose_the_issue(adapter, sandbox, contact, said):
    issue = adapter().create(order(assignee=contact))
    assert said in issue.note
    assert issue.note.startswith("没有指定处理人")
    assert sandbox.get("/issues")["issues"][0]["assignee"] == ""


def test_an_empty_value_over_there_matches_nobody(adapter, sandbox):
    sandbox.post("/people", people=[{"userid": "ghost", "name": "鬼", "mobile": "", "email": ""}])
    assert adapter().create(order(assignee=Contact("", " "))).note


def test_somebody_outside_of_the_project_is_not_its_assignee(adapter, sandbox):
    sandbox.post("/coding/projects", name="shop", members=["zhangsan"])
    assert "没有这个手机号或邮箱" in adapter().create(order(assignee=LISI)).note


def test_a_refused_look_up_is_said_and_the_issue_made(adapter, sandbox):
    sandbox.fault("DescribeProjectMembers", "ban")
    issue = adapter().create(order(assignee=LISI))
    assert issue.note.startswith("没有指定处理人：收到的不是 CODING 的应答")
    assert issue.number == "1"


@pytest.mark.parametrize("kind", ["lost_before", "lost_after", "half", "status", "qps"])
def test_a_look_up_without_an_answer_surely_made_nothing(adapter, sandbox, kind):
    """What fails before the one call that changes something is no unknown outcome."""
    sandbox.fault("DescribeProjectByName", kind)
    with pytest.raises(ProviderError) as caught:
        adapter(timeout=2).create(order(assignee=LISI))
    assert caught.value.kind is Kind.RETRY
    assert sandbox.get("/issues")["issues"] == []


def test_an_assignee_whom_the_project_does_not_take_is_left_out(adapter, sandbox):
    """Found among its members a moment ago, and refused now."""
    answers = iter(
        [
            {"Project": {"Id": 1, "Name": "shop"}},
            {"Data": {"ProjectMembers": [{"Id": 9, "Phone": "13800000002"}]}},
            {"Error": {"Code": "FailedOperation", "Message": "issue_assignee_no_access"}},
            {"Issue": {"Code": 3, "Name": "x"}},
        ]
    )

    def script(sock, _request):
        sock.sendall(answer(json.dumps({"Response": next(answers)}).encode()))

    with RawServer(script) as server:
        issue = Adapter(server.url)().create(order(assignee=LISI))
    assert (issue.number, issue.note) == ("3", "没有指定处理人：CODING 不接受这个处理人")
    assert "AssigneeId" not in json.loads(server.requests[-1].split(b"\r\n\r\n")[1])


@pytest.mark.parametrize("kind", ["lost_after", "half", "status", "status_after"])
def test_a_lost_answer_is_an_unknown_outcome(adapter, sandbox, kind):
    sandbox.fault("CreateIssue", kind)
    with pytest.raises(ProviderError) as caught:
        adapter(timeout=2).create(order())
    assert caught.value.kind is Kind.UNKNOWN_OUTCOME


@pytest.mark.parametrize(
    "made", [{}, {"Issue": {}}, {"Issue": {"Code": 0}}, {"Issue": None}, {"Error": "x"}], ids=str
)
def test_a_created_issue_that_cannot_be_read_is_an_unknown_outcome(made):
    body = json.dumps({"Response": made}).encode()
    with RawServer(says(answer(body))) as server, pytest.raises(ProviderError) as caught:
        Adapter(server.url)().create(order())
    assert caught.value.kind is Kind.UNKNOWN_OUTCOME


def test_odd_characters_are_no_obstacle(adapter, sandbox):
    adapter().create(order(title=f"\ud800\x00`'\" {KEY}", description="```\nselect '\ud83d'\x07"))
    assert sandbox.get("/issues")["issues"][0]["name"].endswith(f" {KEY}")


def test_the_adapter_knows_its_name():
    assert (CodingIssues.name, CodingIssues.title) == ("coding", "CODING")
