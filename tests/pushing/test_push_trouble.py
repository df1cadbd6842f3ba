"""What goes wrong with a push: lost answers, refusals, a gateway in between; and the cure."""

from __future__ import annotations

import pytest

from portal.domain import claims
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    AppHealth,
    Delivery,
    DeliveryState,
    IssueState,
    ProblemIssue,
)
from portal.sandbox.seed import CODING_TOKEN
from tests.faults.processes import wait_until
from tests.pushing.conftest import CREATE

QUEUED, CREATED, FAILED = IssueState
SETTLE = 7  # a little more than the settle time of these tests


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("lost_before", {}),
        ("lost_after", {}),
        ("lost_after", {"reset": True}),
        ("status", {"status": 500}),
        ("status_after", {"status": 502}),
        ("half", {"bytes": 60}),
        ("status_after", {"status": 200, "body": "<html><title>维护中</title></html>"}),
        ("status_after", {"status": 200, "body": "{}"}),
    ],
)
def test_a_lost_answer_leaves_exactly_one_issue(pushes, kind, fields):
    pushes.gather()
    pushes.push()
    pushes.sandbox.fault(kind, CREATE, **fields)
    pushes.deliver()
    assert pushes.row["state"] == QUEUED
    pushes.pass_time(SETTLE)
    pushes.deliver()
    (issue,) = pushes.there()
    assert (pushes.row["state"], pushes.row["number"]) == (CREATED, str(issue["code"]))


def test_nothing_is_sent_again_before_the_lost_one_has_settled(pushes):
    pushes.gather()
    pushes.push()
    pushes.sandbox.fault("lost_after", CREATE)
    pushes.deliver()
    pushes.sandbox.control("calls", method="DELETE")
    pushes.deliver()
    assert pushes.sandbox.calls() == []


def test_an_issue_that_the_search_does_not_show_is_found_in_the_list(pushes):
    pushes.gather()
    pushes.push()
    pushes.sandbox.fault("lost_after", CREATE)
    pushes.deliver()
    # The keyword search answers an empty page, as if its index lagged.
    empty = {"Response": {"RequestId": "r", "Data": {
        "List": [], "PageNumber": 1, "PageSize": 20, "TotalCount": 0, "TotalPage": 0}}}  # fmt: skip
    pushes.sandbox.fault("status_after", "DescribeIssueListWithPage", status=200, body=empty)
    pushes.pass_time(SETTLE)
    pushes.deliver()
    assert len(pushes.there()) == 1
    assert pushes.row["state"] == CREATED


@pytest.mark.parametrize(
    ("project", "code", "word"),
    [
        ("newborn", "issue_project_issue_not_init", "项目协同"),
        ("archive", "project_is_archived", "归档"),
        ("nowhere", "project_not_exists", "项目"),
        ("strict", "issue_custom_field_required", "必填"),
    ],
)
def test_a_refusal_says_why_and_what_to_do(pushes, project, code, word):
    pushes.gather()
    pushes.push(project=project)
    pushes.deliver()
    row = pushes.row
    assert row["state"] == FAILED
    assert code in row["failure"] + row["failure_code"]
    assert word in row["failure"] + row["cure"]
    assert pushes.there() == []


def test_a_failed_one_alone_is_retried_once_it_was_mended(pushes):
    pushes.gather()
    pushes.push(project="newborn")
    pushes.deliver()
    pushes.sandbox.coding_project("newborn", initialised=True)
    pushes.retry()
    assert pushes.row["state"] == QUEUED
    pushes.deliver()
    assert (pushes.row["state"], pushes.row["failure"]) == (CREATED, "")
    assert len(pushes.there("newborn")) == 1


def test_a_failed_one_may_be_pushed_elsewhere(pushes):
    pushes.gather()
    pushes.push(project="newborn")
    pushes.deliver()
    assert pushes.push(project="shop").queued == 1
    pushes.deliver()
    assert (pushes.row["state"], pushes.row["project_name"]) == (CREATED, "shop")
    assert len(pushes.there()) == 1


def test_a_waiting_one_says_why(pushes):
    pushes.gather()
    pushes.push()
    pushes.sandbox.fault("lost_before", CREATE, times=None)
    pushes.deliver()
    row = pushes.row
    assert row["state"] == QUEUED
    assert row["failure"]
    pushes.sandbox.control("faults", method="DELETE")
    pushes.pass_time(1000)
    pushes.deliver()
    assert (pushes.row["state"], pushes.row["failure"]) == (CREATED, "")


def test_a_second_delivery_of_an_issue_waits_for_the_first(pushes):
    """重试 and 推送 that met: both are in the outbox, and still there is one issue."""
    pushes.gather()
    pushes.push(project="newborn")
    pushes.deliver()
    with pushes.world.rules():
        first = db.session.scalars(db.select(Delivery).where(Delivery.issue_id.is_not(None))).one()
        first_id = first.id
    pushes.push(project="shop")
    with pushes.world.rules():
        now = database_now(db.session)
        first = db.session.get_one(Delivery, first_id)
        first.state, first.due_at = DeliveryState.QUEUED, now
        due = db.session.scalars(claims._rows(), claims._values(now, ())).all()
        assert [one.id for one in due] == [first_id]
    pushes.deliver()
    assert len(pushes.there()) == 1
    with pytest.raises(RuleError):
        pushes.retry()


def test_mandatory_hours_are_filled_in(pushes):
    pushes.sandbox.coding_project("shop", required=["working_hour_required"])
    pushes.gather()
    pushes.push()
    pushes.deliver()
    assert pushes.there()[0]["working_hours"] == 8


def test_a_wrong_token_pauses_and_a_right_one_goes_on(pushes):
    pushes.save(token="a-token-that-nobody-knows")
    pushes.gather(3)
    pushes.push()
    pushes.deliver()
    assert [row["state"] for row in pushes.rows()].count(FAILED) == 1
    calls = len(pushes.sandbox.calls())
    assert calls <= 2  # one under each scheme, and none for the other two
    with pushes.world.rules():
        assert db.session.scalars(db.select(AppHealth)).one().reason == "credentials"
    pushes.save(token=CODING_TOKEN)
    pushes.push()
    pushes.deliver()
    assert [row["state"] for row in pushes.rows()] == [CREATED] * 3
    assert len(pushes.there()) == 3


def test_a_token_under_the_other_scheme_works_too(pushes):
    pushes.sandbox.control("rules", {"coding_schemes": ["Bearer"]})
    pushes.gather(2)
    pushes.push()
    pushes.deliver()
    assert len(pushes.there()) == 2
    assert [row["state"] for row in pushes.rows()] == [CREATED] * 2


def test_the_security_front_is_named(pushes):
    pushes.sandbox.control("rules", {"coding_front_words": ["delete from"]})
    pushes.gather()
    pushes.push()
    pushes.deliver()
    row = pushes.row
    assert row["state"] == FAILED
    assert "拦截" in row["failure"] + row["cure"]
    assert "403" in row["failure"] + row["failure_code"]


def test_a_page_in_place_of_every_answer_is_given_up_after_a_few_looks(pushes):
    pushes.gather()
    pushes.push()
    page = "<html><title>请登录</title></html>"
    pushes.sandbox.fault("status", CREATE, times=None, status=200, body=page)
    for _try in range(6):
        pushes.deliver()
        pushes.pass_time(1000)
    assert pushes.row["state"] == FAILED
    assert "请登录" in pushes.row["failure"] + pushes.row["cure"]
    assert pushes.there() == []


def test_sensitive_words_are_named(pushes):
    pushes.sandbox.control("rules", {"coding_sensitive_words": ["DELETE"]})
    pushes.gather()
    pushes.push()
    pushes.deliver()
    assert "敏感" in pushes.row["failure"] + pushes.row["cure"]


def test_too_many_at_once_wait_and_go_on(pushes):
    pushes.sandbox.control("rules", {"coding_qps": 3})
    pushes.gather(8)
    pushes.push()
    wait_until(lambda: _delivered(pushes), "all are created", 20)
    assert [row["state"] for row in pushes.rows()] == [CREATED] * 8
    assert len(pushes.there()) == 8
    refused = [one for one in pushes.sandbox.calls(CREATE) if one["code"] == "RequestLimitExceeded"]
    assert 0 < len(refused) <= 4  # each pauses the whole app


def _delivered(pushes) -> bool:
    pushes.deliver()
    return all(row["state"] == CREATED for row in pushes.rows())


def test_a_number_that_was_answered_is_used_though_its_process_died_at_once(pushes):
    """P5, in the narrowest window: the try's own row has the number, the issue does not yet."""
    pushes.gather()
    pushes.push()
    pushes.deliver()
    with pushes.world.rules():
        issue = db.session.scalars(db.select(ProblemIssue)).one()
        issue.state, issue.number, issue.url = QUEUED, "", ""
        delivery = db.session.scalars(db.select(Delivery).filter_by(issue_id=issue.id)).one()
        delivery.state, delivery.ended_at = DeliveryState.SENDING, None
    pushes.pass_time(100)
    pushes.deliver()
    row = pushes.row
    assert (row["state"], row["number"]) == (CREATED, "1")
    assert row["url"].endswith("/p/shop/all/issues/1")
    assert len(pushes.there()) == 1
