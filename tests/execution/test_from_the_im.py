"""The whole way in the IM: audited, agreed step by step, put online, read on the target."""

from __future__ import annotations

import pytest

from portal.domain import projects, running, tickets
from portal.extensions import db
from portal.models import Project, TicketTask
from tests.execution.conftest import Works
from tests.platforms import PLATFORMS
from tests.world import World

# A warning, and the rows that it changes.
SQL = "UPDATE stock SET n = n + 5 WHERE id = 1;\nSELECT id FROM stock WHERE n = NULL"
# What the IM says does not depend on the target; the whole way is gone on all three.
ON_SQLITE = pytest.mark.parametrize("database_server", ["sqlite"], indirect=True)


@pytest.fixture(params=sorted(PLATFORMS))
def platform(request):
    return PLATFORMS[request.param]


@pytest.fixture
def world(app, sandbox, password_hash, platform) -> World:
    sandbox.control("rules", {"withdraw_after": 0})
    world = World(app, sandbox, [platform])
    world.settle_in(password_hash)
    world.prepare()
    return world


def agree(works: Works, person: str) -> None:
    (card,) = works.world.open_cards()
    works.world.sandbox.press(card["id"], "agree", f"ding-{person}")
    works.world.run()


def waiting(works: Works, sql: str = SQL) -> int:
    """Filed, and both audit steps agreed over there: its execute card is out."""
    ticket_id = works.file(sql)
    works.world.deliver()
    agree(works, "lead")
    agree(works, "dba")
    return ticket_id


def test_from_a_finding_to_changed_rows_without_the_portals_pages(works, platform):
    ticket_id = waiting(works)
    with works.world.rules():
        task = db.session.scalars(db.select(TicketTask)).one()
        assert task.level == "warn"
    (card,) = works.world.open_cards()
    assert card["form"]["审核操作"] == "上线"
    assert {task["user"] for task in card["tasks"]} == {"ding-operator"}
    assert works.stock()[1] == 10
    agree(works, "operator")
    assert works.story(ticket_id)["status"] == "executing"
    works.tick()
    assert works.story(ticket_id)["status"] == "finished"
    assert works.stock()[1] == 15
    with works.world.ticket(ticket_id) as ticket:
        step = ticket.steps[-1]
        assert (step.state, step.decided_by.username, step.decided_via) == (
            "executed",
            "operator",
            platform.name,
        )


@ON_SQLITE
def test_refused_over_there_it_is_rejected_and_nothing_runs(works):
    ticket_id = waiting(works)
    (card,) = works.world.open_cards()
    works.world.sandbox.press(card["id"], "refuse", "ding-operator", remark="换个时间")
    works.world.run()
    works.tick()
    assert works.story(ticket_id)["status"] == "rejected"
    assert works.stock()[1] == 10


@ON_SQLITE
def test_run_on_the_page_the_card_is_finished_by_the_same_person(works):
    ticket_id = waiting(works)
    works.press(ticket_id)
    works.world.run()
    card = [one for one in works.world.sandbox.cards() if one["form"]["审核操作"] == "上线"][-1]
    assert works.world.outcome(card) == "approved"
    works.tick()
    assert works.stock()[1] == 15


@ON_SQLITE
def test_an_agreement_that_came_too_late_runs_nothing_twice(works):
    ticket_id = waiting(works)
    (card,) = works.world.open_cards()
    works.world.sandbox.press(card["id"], "agree", "ding-operator")
    works.press(ticket_id)
    works.world.run()
    works.tick()
    works.world.run()
    works.tick()
    assert works.stock()[1] == 15


@ON_SQLITE
def test_a_withdrawn_card_leaves_it_waiting_and_can_be_sent_again(works, platform):
    ticket_id = waiting(works)
    (card,) = works.world.open_cards()
    originator = card["originator"]
    works.world.sandbox.press(card["id"], "withdraw", originator)
    works.world.run()
    assert works.story(ticket_id)["status"] == "wait_for_execution"
    with works.world.ticket(ticket_id) as ticket:
        from_portal = works.world.member("operator")
        tickets.approvals.resend(ticket, from_portal, platform.name)
    works.world.run()
    agree(works, "operator")
    works.tick()
    assert works.stock()[1] == 15


@ON_SQLITE
def test_a_project_that_forbids_it_has_no_card_for_the_execute_step(works):
    with works.world.rules():
        db.session.execute(db.update(Project).values(im_execute=False))
    waiting(works)
    assert works.world.open_cards() == []


@ON_SQLITE
def test_forbidden_while_the_card_was_open_its_agreement_counts_for_nothing(works):
    ticket_id = waiting(works)
    with works.world.rules():
        db.session.execute(db.update(Project).values(im_execute=False))
    agree(works, "operator")
    works.tick()
    facts = works.world.facts(ticket_id)
    assert facts["status"] == "wait_for_execution"
    assert "不允许在 IM 中上线" in facts["problems"][-1]
    assert works.stock()[1] == 10


@ON_SQLITE
def test_a_run_that_never_began_asks_again_over_there(works):
    ticket_id = waiting(works)
    works.press(ticket_id)
    with works.world.ticket(ticket_id) as ticket:
        assert running.abort(ticket, works.world.member("operator"))
    works.world.run()
    (card,) = works.world.open_cards()
    assert card["form"]["审批编号"].endswith("-S3-I2")
    agree(works, "operator")
    works.tick()
    assert works.stock()[1] == 15


@ON_SQLITE
@pytest.mark.parametrize(
    ("sql", "told"),
    [
        (SQL, ("上线成功", "2 条语句全部执行")),
        ("DELETE FROM nowhere WHERE id = 1", ("上线失败", "nowhere")),
    ],
)
def test_the_end_is_told_by_one_comment_on_the_card(works, sql, told):
    """Pitfall 22."""
    waiting(works, sql)
    agree(works, "operator")
    works.tick()
    works.world.run()
    works.world.run()
    card = [one for one in works.world.sandbox.cards() if one["form"]["审核操作"] == "上线"][-1]
    (comment,) = works.world.sandbox.card(card["id"])["comments"]
    for part in ("工单 #1", *told):
        assert part in comment["comment"]


def switch(works: Works, im_execute: bool) -> None:
    """What a manager does on the project's page."""
    with works.world.rules():
        project = db.session.scalars(db.select(Project).filter_by(name="pay")).one()
        members = tuple(entry.member.username for entry in project.memberships)
        draft = projects.ProjectDraft("支付系统", members, (), im_execute, False)
        projects.change(project, draft, works.world.member("boss"))
    works.world.run()


@ON_SQLITE
def test_switching_it_off_withdraws_the_cards_and_on_sends_them_again(works):
    waiting(works)
    assert len(works.world.open_cards()) == 1
    switch(works, False)
    assert works.world.open_cards() == []
    switch(works, True)
    agree(works, "operator")
    works.tick()
    assert works.stock()[1] == 15
