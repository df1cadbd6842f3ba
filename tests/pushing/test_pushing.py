"""Problem SQL becomes issues: each once, with its number, its link and what it says."""

from __future__ import annotations

import pytest

from portal.domain.errors import RuleError
from portal.extensions import db
from portal.models import IssueKind, IssuePriority, IssueState, ProblemSql
from portal.sandbox.seed import CODING_TOKEN

QUEUED, CREATED, FAILED = IssueState


def test_each_problem_becomes_one_issue_with_its_number_and_link(pushes):
    pushes.gather(3)
    done = pushes.push()
    assert (done.queued, done.known, done.waiting) == (3, 0, 0)
    assert [row["state"] for row in pushes.rows()] == [QUEUED] * 3
    pushes.deliver()
    there = pushes.there("shop")
    assert [row["state"] for row in pushes.rows()] == [CREATED] * 3
    assert [row["number"] for row in pushes.rows()] == [str(one["code"]) for one in there]
    assert [row["url"] for row in pushes.rows()] == [one["url"] for one in there]
    for row, issue in zip(pushes.rows(), there, strict=True):
        assert issue["name"].split()[-1] == row["key"]
        assert row["key"] in issue["description"].replace("\\", "")
        assert "DELETE FROM t" in issue["description"]
        assert issue["type"] == "DEFECT"


def test_a_second_push_adds_none(pushes):
    pushes.gather(3)
    pushes.push()
    pushes.deliver()
    pushes.gather(1, first=4)
    done = pushes.push()
    assert (done.queued, done.known, done.waiting) == (1, 3, 0)
    pushes.deliver()
    assert len(pushes.there()) == 4


def test_a_push_while_the_first_one_waits_adds_none(pushes):
    pushes.gather(2)
    pushes.push()
    done = pushes.push(project="strict")
    assert (done.queued, done.known, done.waiting) == (0, 0, 2)
    assert done.batch == ""
    pushes.deliver()
    assert [one["project"] for one in pushes.there()] == ["shop", "shop"]


@pytest.mark.parametrize(
    ("level", "proposed"), [("error", "2"), ("warn", "1"), ("notice", "0")]
)
def test_the_urgency_is_proposed_by_the_level(pushes, level, proposed):
    pushes.gather()
    with pushes.world.rules():
        db.session.execute(db.text("UPDATE problem_sql SET level = :level"), {"level": level})
    pushes.push()
    pushes.deliver()
    assert pushes.there()[0]["priority"] == proposed


def test_type_urgency_and_assignee_are_as_chosen(pushes):
    pushes.gather()
    pushes.push(
        kind=IssueKind.REQUIREMENT,
        priority=IssuePriority.EMERGENCY,
        assignee=_member(pushes, "dba"),
    )
    pushes.deliver()
    (issue,) = pushes.there()
    assert (issue["type"], issue["priority"]) == ("REQUIREMENT", "3")
    assert issue["assignee_name"] == "赵主任"
    assert pushes.row["note"] == ""


def test_an_assignee_whom_nobody_knows_over_there_is_left_out_and_named(pushes):
    with pushes.world.rules():
        stranger = pushes.world.member("dba")
        stranger.phone, stranger.email = "+8613999999999", "nobody@pay.example"
    pushes.gather()
    with pushes.world.rules():
        db.session.scalars(db.select(ProblemSql)).one().assignee = pushes.world.member("dba")
    pushes.push()
    pushes.deliver()
    assert pushes.row["state"] == CREATED
    assert pushes.there()[0]["assignee_name"] == ""
    assert "没有指定处理人" in pushes.row["note"]


def test_a_sub_task_needs_its_parent(pushes):
    pushes.gather(2)
    with pytest.raises(RuleError) as refused:
        pushes.push(kind=IssueKind.SUB_TASK, only=1)
    assert refused.value.field == "parent"
    pushes.push(kind=IssueKind.MISSION, only=1)
    pushes.deliver()
    pushes.push(kind=IssueKind.SUB_TASK, parent=1, only=2)
    pushes.deliver()
    assert [one["parent"] for one in pushes.there()] == [0, 1]


@pytest.mark.parametrize(
    "typed", ["shop", " shop ", "https://team.coding.net/p/shop", "https://x.cn/p/shop/all/issues"]
)
def test_the_project_may_be_pasted_as_its_address(pushes, typed):
    pushes.gather()
    pushes.push(project=typed)
    pushes.deliver()
    assert pushes.row["project_name"] == "shop"
    assert len(pushes.there("shop")) == 1


@pytest.mark.parametrize("typed", ["", "  ", "my shop", "a/b", "a?b", "x" * 129])
def test_what_is_no_project_is_refused_beside_its_field(pushes, typed):
    pushes.gather()
    with pytest.raises(RuleError) as refused:
        pushes.push(project=typed)
    assert refused.value.field == "coding_project"
    assert pushes.rows() == []


def test_nothing_is_pushed_while_coding_is_off(pushes):
    pushes.gather()
    pushes.save(enabled=False)
    with pytest.raises(RuleError, match="没有启用"):
        pushes.push()
    assert pushes.rows() == []


def test_what_is_queued_waits_while_coding_is_off(pushes):
    pushes.gather()
    pushes.push()
    pushes.save(enabled=False)
    pushes.deliver()
    assert pushes.sandbox.calls() == []
    pushes.save(enabled=True)
    pushes.deliver()
    assert pushes.row["state"] == CREATED


def test_another_address_gives_up_what_waits_and_keeps_the_links(pushes):
    pushes.gather(2)
    pushes.push(only=1)
    pushes.deliver()
    pushes.push(only=2)
    elsewhere = pushes.sandbox.base.replace("127.0.0.1", "localhost")
    pushes.save(url=elsewhere, token=CODING_TOKEN)
    first, second = pushes.rows()
    assert (first["state"], first["number"]) == (CREATED, "1")
    assert (second["state"], second["failure_code"]) == (FAILED, "address_changed")
    assert second["cure"]
    pushes.deliver()
    assert len(pushes.there()) == 1
    pushes.push(only=2)
    pushes.deliver()
    assert [row["state"] for row in pushes.rows()] == [CREATED, CREATED]
    assert len(pushes.there()) == 2


@pytest.mark.parametrize("tail", ["/", "/open-api", "/open-api/"])
def test_another_spelling_of_the_address_is_the_same_tracker(pushes, tail):
    pushes.gather()
    pushes.push()
    pushes.save(url=pushes.sandbox.base + tail)  # without the token again
    pushes.deliver()
    assert pushes.row["state"] == CREATED
    assert pushes.push().known == 1


@pytest.mark.parametrize("token", ["пароль-пароль", "a b c d", "abc\u00a0def", "令牌"])
def test_a_token_that_no_header_can_carry_is_refused(pushes, token):
    with pytest.raises(RuleError) as refused:
        pushes.save(token=token)
    assert refused.value.field == "token"


def _member(pushes, username):
    with pushes.world.rules():
        member = pushes.world.member(username)
        db.session.expunge(member)
        return member
