"""How an issue stands over there."""

from __future__ import annotations

import json

import pytest

from portal.domain.tracker import IssueProgress, Kind, ProviderError
from tests.coding.conftest import Adapter, order
from tests.raw_servers import RawServer, answer, says

pytestmark = pytest.mark.usefixtures("context")


@pytest.mark.parametrize(
    ("status", "progress", "name"),
    [
        ("TODO", IssueProgress.OPEN, "未开始"),
        ("PROCESSING", IssueProgress.WORKING, "处理中"),
        ("COMPLETED", IssueProgress.DONE, "已完成"),
    ],
)
def test_each_state_is_told(adapter, sandbox, status, progress, name):
    number = adapter().create(order()).number
    sandbox.post(f"/coding/issues/shop/{number}", status=status)
    found = adapter().fetch("shop", number)
    assert (found.progress, found.progress_name) == (progress, name)
    assert (found.number, found.url) == (number, f"{sandbox.url}/p/shop/all/issues/{number}")


def test_a_deleted_issue_is_gone(adapter, sandbox):
    number = adapter().create(order()).number
    sandbox.post(f"/coding/issues/shop/{number}", deleted=True)
    assert adapter().fetch("shop", number) is None


@pytest.mark.parametrize("kind", ["ban", "status", "lost_before", "token", "qps"])
def test_a_failure_is_not_taken_for_gone(adapter, sandbox, kind):
    number = adapter().create(order()).number
    sandbox.fault("DescribeIssue", kind, times=2)
    with pytest.raises(ProviderError):
        adapter(timeout=2).fetch("shop", number)


def test_a_project_that_is_gone_is_an_error(adapter):
    with pytest.raises(ProviderError) as caught:
        adapter().fetch("nope", "1")
    assert caught.value.kind is Kind.NOT_FOUND


@pytest.mark.parametrize(
    ("issue", "progress", "name"),
    [
        ({"Code": 1, "IssueStatusType": "FROZEN", "IssueStatusName": "冻结"},
         IssueProgress.UNKNOWN, "冻结"),
        ({"Code": 1, "IssueStatusType": "FROZEN"}, IssueProgress.UNKNOWN, "FROZEN"),
        ({"Code": 1}, IssueProgress.UNKNOWN, ""),
        ({"Code": "1", "Status": {"Name": "开发中", "Type": "PROCESSING"}},
         IssueProgress.WORKING, "开发中"),
        ({"Code": 1, "IssueStatusType": 7, "IssueStatusName": ["x"]}, IssueProgress.UNKNOWN, "7"),
    ],
)  # fmt: skip
def test_an_unknown_state_is_kept_by_its_name(issue, progress, name):
    body = json.dumps({"Response": {"Issue": issue}}).encode()
    with RawServer(says(answer(body))) as server:
        found = Adapter(server.url)().fetch("shop", "1")
    assert (found.progress, found.progress_name) == (progress, name)
