"""How an issue stands over there is read back, at a slow pace, and shown."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal import jobs
from portal.models import IssueProgress, IssueState


@pytest.fixture
def pushed(pushes):
    pushes.gather()
    pushes.push()
    pushes.deliver()
    pushes.sandbox.control("calls", method="DELETE")
    return pushes


def test_a_new_issue_is_open(pushed):
    assert pushed.row["progress"] == IssueProgress.OPEN
    assert pushed.row["progress_name"]


@pytest.mark.parametrize(
    ("status", "progress"),
    [
        ("PROCESSING", IssueProgress.WORKING),
        ("COMPLETED", IssueProgress.DONE),
        ("TODO", IssueProgress.OPEN),
    ],
)
def test_its_status_is_read_back(pushed, status, progress):
    pushed.sandbox.move_issue("shop", 1, status)
    assert pushed.look() == 1
    assert pushed.row["progress"] == progress


def test_nobody_is_asked_before_its_time(pushed):
    with pushed.world.app.app_context():
        assert jobs.look_at_issues() == 0
    assert pushed.sandbox.calls() == []
    row = pushed.row
    assert (row["next_look_at"] - row["looked_at"]).total_seconds() == pytest.approx(300, abs=5)


def test_what_is_done_is_asked_for_ever_more_seldom(pushed):
    pushed.sandbox.move_issue("shop", 1, "COMPLETED")
    pushed.look()
    row = pushed.row
    assert (row["next_look_at"] - row["looked_at"]).total_seconds() == pytest.approx(
        6 * 3600, abs=5
    )


def test_a_deleted_one_is_gone_and_a_push_makes_a_new_one(pushed):
    pushed.sandbox.move_issue("shop", 1, "deleted")
    pushed.look()
    assert (pushed.row["progress"], pushed.row["next_look_at"]) == (IssueProgress.GONE, None)
    assert pushed.push().queued == 1
    pushed.deliver()
    row = pushed.row
    assert (row["state"], row["number"], row["round"]) == (IssueState.CREATED, "2", 2)
    assert len(pushed.there()) == 1


def test_trouble_with_the_look_is_shown_and_ends_with_the_next_good_one(pushed):
    pushed.sandbox.control("scopes", {"provider": "coding", "revoke": ["项目协同"]})
    pushed.look()
    row = pushed.row
    assert row["progress"] == IssueProgress.OPEN
    assert "读不到" in row["failure"]
    pushed.sandbox.control("scopes", {"provider": "coding", "grant": ["项目协同"]})
    pushed.look()
    assert pushed.row["failure"] == ""


def test_an_outage_changes_nothing(pushed):
    pushed.sandbox.fault("lost_before", "DescribeIssue")
    pushed.look()
    assert (pushed.row["progress"], pushed.row["failure"]) == (IssueProgress.OPEN, "")


def test_a_status_that_nobody_knows_is_shown_as_it_is(pushed):
    body = {"Response": {"RequestId": "r", "Issue": {
        "Code": 1, "IssueStatusType": "PARKED", "IssueStatusName": "挂起"}}}  # fmt: skip
    pushed.sandbox.fault("status_after", "DescribeIssue", status=200, body=body)
    pushed.look()
    assert (pushed.row["progress"], pushed.row["progress_name"]) == (IssueProgress.UNKNOWN, "挂起")


def test_a_throttled_look_leaves_the_others_for_the_next_one(pushes):
    pushes.gather(3)
    pushes.push()
    pushes.deliver()
    pushes.sandbox.fault("qps", "DescribeIssue$")
    pushes.look()
    waits = [row["next_look_at"] for row in pushes.rows()]
    assert max(waits) <= pushes.rows()[0]["created_at"] + timedelta(minutes=1)
