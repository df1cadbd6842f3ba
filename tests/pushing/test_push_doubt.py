"""A push that failed in doubt: it may be over there, and a person pushes or retries it."""

from __future__ import annotations

from portal.models import IssueKind, IssueState
from portal.sandbox.seed import CODING_TOKEN
from tests.pushing.conftest import CREATE

_QUEUED, CREATED, FAILED = IssueState
SETTLE = 7  # a little more than the settle time of these tests


def test_one_that_failed_in_doubt_keeps_its_place_and_is_looked_for(pushes):
    pushes.gather()
    pushes.push(project="shop")
    pushes.sandbox.fault("lost_after", CREATE)
    pushes.deliver()
    pushes.sandbox.fault("lost_before", "Describe", times=None)
    for _hours in range(3):
        pushes.pass_time(9 * 3600)
        pushes.deliver()
    assert pushes.row["state"] == FAILED
    pushes.sandbox.control("faults", method="DELETE")
    assert pushes.push(project="strict").queued == 1
    pushes.pass_time(600)
    pushes.deliver()
    assert (pushes.row["state"], pushes.row["project_name"]) == (CREATED, "shop")
    assert len(pushes.there()) == 1


def test_one_that_failed_in_doubt_and_is_not_there_goes_where_it_is_pushed_next(pushes):
    pushes.gather()
    pushes.push(project="gone")
    pushes.sandbox.fault("lost_before", CREATE)
    pushes.deliver()
    assert pushes.row["failure"]  # it waits, and says why
    pushes.pass_time(SETTLE)
    pushes.deliver()  # the look finds no such project, and so does the next try
    assert pushes.row["state"] == FAILED
    assert pushes.push(project="shop", kind=IssueKind.MISSION).queued == 1
    pushes.deliver()
    assert (pushes.row["state"], pushes.row["project_name"]) == (CREATED, "shop")
    assert [one["type"] for one in pushes.there("shop")] == ["MISSION"]


def test_what_a_page_in_between_stopped_may_be_pushed_elsewhere(pushes):
    pushes.gather()
    pushes.push()
    page = "<html><title>请登录</title></html>"
    pushes.sandbox.fault("status", CREATE, times=3, status=200, body=page)
    for _try in range(5):
        pushes.deliver()
        pushes.pass_time(1000)
    assert pushes.row["state"] == FAILED
    pushes.sandbox.coding_project("other", display_name="别处")
    pushes.push(project="other", kind=IssueKind.MISSION)
    pushes.pass_time(SETTLE)
    pushes.deliver()
    assert [(one["project"], one["type"]) for one in pushes.there()] == [("other", "MISSION")]
    assert (pushes.row["project_name"], pushes.row["kind"]) == ("other", "MISSION")


def test_a_project_that_was_only_out_of_reach_leaves_no_second_issue(pushes):
    """The look is told that there is no such project, since the token has lost its way in."""
    pushes.gather()
    pushes.push()
    pushes.sandbox.fault("lost_after", CREATE)
    pushes.deliver()
    no_project = {"Response": {"RequestId": "r", "Error": {
        "Code": "ResourceNotFound", "Message": "project_not_exists"}}}  # fmt: skip
    pushes.sandbox.fault("status", "open-api", times=None, status=200, body=no_project)
    pushes.pass_time(SETTLE)
    pushes.deliver()
    assert pushes.row["state"] == FAILED
    pushes.sandbox.control("faults", method="DELETE")
    pushes.save(token=CODING_TOKEN)
    pushes.retry()
    pushes.deliver()
    assert (pushes.row["state"], pushes.row["number"]) == (CREATED, "1")
    assert len(pushes.there()) == 1
