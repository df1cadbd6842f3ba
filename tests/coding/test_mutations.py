"""Row N16: whatever a damaged answer holds, it is one class of error or a value of our types."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings

from portal.blueprints.coding import answers, codes, finding, people, reading
from portal.blueprints.coding.shapes import FoundIssue, Person, Project
from portal.domain.tracker import Contact
from portal.kit.errors import ProviderError
from portal.kit.http import Answer
from tests.damage import damaged

ISSUE = {
    "Code": 12, "Name": "慢查询 Pab12-Q7", "Type": "MISSION", "IssueStatusName": "处理中",
    "IssueStatusType": "PROCESSING", "CreatedAt": 1597283395000, "Priority": "1",
    "Assignee": {"Id": 0, "Name": ""}, "Status": {"Name": "x", "Type": "TODO"},
}  # fmt: skip
MEMBERS = [
    {"Id": 6, "Name": "李四", "Email": "lisi@example.com", "Phone": "13800000002"},
    {"Id": 7, "Name": "鬼", "Email": "", "Phone": ""},
]
FIELDS = [
    {"IssueFieldId": 1, "Required": "True", "IssueField": {"Name": "处理人", "Type": "ASSIGNEE"}},
    {"IssueFieldId": 2, "Required": True, "IssueField": {"Name": "影响", "Type": "CUSTOM"}},
]


def _answered(payload: dict) -> dict:
    return {"Response": {"RequestId": "1", **payload}}


RECORDED = [
    (200, _answered({"Issue": ISSUE}), reading.issue),
    (200, _answered({"IssueList": [ISSUE, ISSUE]}), reading.issues),
    (200, _answered({"Data": {"List": [ISSUE], "TotalCount": 1}}), reading.page_of_issues),
    (200, _answered({"Project": {"Id": 1, "Name": "shop", "Archived": False}}), reading.project),
    (200, _answered({"Data": {"ProjectMembers": MEMBERS}}), reading.people),
    (200, _answered({"ProjectIssueFieldList": FIELDS}), reading.issue_fields),
    (200, _answered({"IssueTypes": [{"IssueType": "DEFECT"}]}), reading.types),
    (200, _answered({"User": {"Id": 1, "Name": "n"}}), reading.user),
    (200, _answered({"Data": {"TeamHost": "g-1.coding.net"}}), reading.team_host),
    (200, _answered({"Error": {"Code": "FailedOperation", "Message": "x_y"}}), reading.issue),
    (401, _answered({"Error": {"Code": "AuthFailure", "Message": "no"}}), reading.issue),
]


@settings(max_examples=4000, deadline=None)
@given(damaged(RECORDED))
def test_a_damaged_answer_is_one_error_or_sound(case):
    status, text, reader = case
    failure = None
    try:
        value = answers.read(reader, answers.response_of(Answer("coding", status, {}, text)))
    except ProviderError as error:
        failure = error
    if failure is not None:
        assert failure.code
        assert failure.__cause__ is None
        (failure.code + failure.message).encode()
        assert codes.explain(failure)[0]
        return
    assert status == 200
    repr(value).encode()  # nothing unstorable came through
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, FoundIssue):
            assert one.code > 0
            finding.is_marked(one.name, "Pab12-Q7")
        if isinstance(one, Project | Person):
            assert one.id > 0
    if reader is reading.team_host:
        assert "/" not in value


class Searching:
    """What people.find and finding.find need of a client, with a damaged answer behind it."""

    def __init__(self, text: bytes) -> None:
        self._text = text

    def project(self, _name):
        return Project(1, "shop", "商城", False)

    def members(self, *_values):
        return self._read(reading.people)

    def search(self, *_values):
        return self._read(reading.page_of_issues)

    def newest(self, *_values):
        return self._read(reading.issues)

    def _read(self, reader):
        response = answers.response_of(Answer("coding", 200, {}, self._text))
        return answers.read(reader, response)


@settings(max_examples=2000, deadline=None)
@given(damaged(RECORDED))
def test_a_damaged_search_for_people_finds_the_right_one_or_nobody(case):
    """Pitfall 5: empty never matches, and an answer is never matched by its place."""
    try:
        found = people.find(Searching(case[1]), "shop", Contact("+8613800000002", ""))
    except ProviderError:
        return
    assert found > 0


@settings(max_examples=2000, deadline=None)
@given(damaged(RECORDED))
def test_a_damaged_list_holds_our_issue_or_none(case):
    since = datetime(2026, 11, 1, tzinfo=UTC)
    try:
        found = finding.find(Searching(case[1]), "shop", "Pab12-Q7", since)
    except ProviderError:
        return
    assert found is None or finding.is_marked(found.name, "Pab12-Q7")
