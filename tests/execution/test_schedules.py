"""定时上线: set, cancelled, begun by the clock, asked once more, given up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.domain import schedules
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.kit.clock import utc_now
from portal.models import Project, ProjectMember
from tests.execution.conftest import Works

UPDATE = "UPDATE stock SET n = n + 1 WHERE id = 1"


@pytest.fixture
def server(sqlite_server):
    """What the clock does is the same on every target."""
    return sqlite_server


def at(minutes: float):
    return utc_now() + timedelta(minutes=minutes)


def scheduled(works: Works, minutes: float = 60, ask: bool = False) -> int:
    with works.world.rules():
        db.session.execute(db.update(Project).values(confirm_schedule=ask))
    ticket_id = works.ready(UPDATE)
    works.world.deliver()
    with works.world.ticket(ticket_id) as ticket:
        schedules.schedule(ticket, works.world.member("operator"), at(minutes))
    works.world.run()
    return ticket_id


def pass_minutes(works: Works, minutes: float) -> None:
    works.world.pass_time(minutes * 60)
    works.tick()
    works.world.run()


def test_it_runs_when_its_time_has_come_and_not_before(works):
    ticket_id = scheduled(works)
    works.tick()
    assert works.story(ticket_id)["status"] == "exec_scheduled"
    assert works.stock()[1] == 10
    pass_minutes(works, 60)
    assert works.story(ticket_id)["status"] == "finished"
    assert works.stock()[1] == 11
    with works.world.ticket(ticket_id) as ticket:
        step = ticket.steps[-1]
        assert (step.decided_by.username, step.decided_via) == ("operator", "schedule")


def test_scheduling_withdraws_the_card_and_cancelling_asks_anew(works):
    ticket_id = scheduled(works)
    last = [card for card in works.world.sandbox.cards() if card["form"]["审核操作"] == "上线"]
    assert [works.world.outcome(card) for card in last] == ["withdrawn"]
    with works.world.ticket(ticket_id) as ticket:
        schedules.unschedule(ticket, works.world.member("operator"))
    works.world.run()
    assert works.story(ticket_id)["status"] == "wait_for_execution"
    (card,) = works.world.open_cards()
    assert card["form"]["审批编号"].endswith("-S3-I2")
    pass_minutes(works, 120)
    assert works.stock()[1] == 10


def test_cancelled_while_the_platform_was_off_it_asks_once_that_is_on(works):
    """The card that was withdrawn for the schedule was taken for one that asks."""
    ticket_id = scheduled(works)
    works.world.save_platform(enabled=False)
    with works.world.ticket(ticket_id) as ticket:
        schedules.unschedule(ticket, works.world.member("operator"))
    works.world.save_platform(enabled=True)
    works.world.run()
    assert len(works.world.open_cards()) == 1


def test_who_has_confirmed_is_not_asked_again_by_a_switch(works):
    ticket_id = scheduled(works, minutes=60, ask=True)
    pass_minutes(works, 50)
    works.tick()
    with works.world.ticket(ticket_id) as ticket:
        step = works.world.step(ticket, 3)
        assert schedules.confirm(step, works.world.member("operator"), "portal")
    works.world.run()
    for enabled in (False, True):
        works.world.save_platform(enabled=enabled)
    works.world.run()
    assert works.world.open_cards() == []


@pytest.mark.parametrize("minutes", [-1, 60 * 24 * 400])
def test_a_time_that_makes_no_sense_is_refused_beside_its_field(works, minutes):
    ticket_id = works.ready(UPDATE)
    with pytest.raises(RuleError) as refused, works.world.ticket(ticket_id) as ticket:
        schedules.schedule(ticket, works.world.member("operator"), at(minutes))
    assert refused.value.field == "at"


def test_the_last_question_answered_in_the_im_lets_it_run_at_its_time(works):
    ticket_id = scheduled(works, ask=True)
    assert works.world.open_cards() == []
    pass_minutes(works, 50)
    (card,) = works.world.open_cards()
    assert "定时上线确认" in card["form"]["工单描述"]
    works.world.sandbox.press(card["id"], "agree", "ding-operator")
    works.world.run()
    assert works.story(ticket_id)["status"] == "exec_scheduled"
    assert works.stock()[1] == 10
    pass_minutes(works, 11)
    assert works.story(ticket_id)["status"] == "finished"
    assert works.stock()[1] == 11


def test_the_last_question_can_be_answered_on_the_page(works):
    ticket_id = scheduled(works, ask=True)
    pass_minutes(works, 50)
    with works.world.ticket(ticket_id) as ticket:
        assert schedules.is_asking(ticket)
        step = ticket.steps[-1]
        assert schedules.confirm(step, works.world.member("operator"), "portal")
        assert not schedules.confirm(step, works.world.member("operator"), "portal")
    works.world.run()
    assert works.world.open_cards() == []
    pass_minutes(works, 11)
    assert works.stock()[1] == 11


def test_the_last_question_refused_rejects_the_ticket(works):
    ticket_id = scheduled(works, ask=True)
    pass_minutes(works, 50)
    (card,) = works.world.open_cards()
    works.world.sandbox.press(card["id"], "refuse", "ding-operator", remark="今晚有大促")
    works.world.run()
    assert works.story(ticket_id)["status"] == "rejected"
    pass_minutes(works, 30)
    assert works.stock()[1] == 10


def test_without_an_answer_it_does_not_run_and_says_so(works):
    ticket_id = scheduled(works, ask=True)
    pass_minutes(works, 50)
    pass_minutes(works, 11)
    assert "正在读取" in works.story(ticket_id)["notice"]
    pass_minutes(works, 3)
    story = works.story(ticket_id)
    assert story["status"] == "wait_for_execution"
    assert "没有人确认" in story["notice"]
    assert works.stock()[1] == 10
    # The question is withdrawn; the ticket itself is asked about again.
    (card,) = works.world.open_cards()
    assert "定时上线确认" not in card["form"]["工单描述"]


def test_a_time_that_was_slept_through_is_not_made_up_for(works):
    ticket_id = scheduled(works)
    works.world.pass_time(3 * 3600)
    works.tick()
    story = works.story(ticket_id)
    assert story["status"] == "wait_for_execution"
    assert "门户没有在运行" in story["notice"]
    assert works.stock()[1] == 10


def test_nobody_confirms_what_was_not_asked(works):
    ticket_id = scheduled(works, ask=True)
    with works.world.ticket(ticket_id) as ticket:
        assert not schedules.confirm(ticket.steps[-1], works.world.member("operator"), "portal")


def test_an_answer_given_in_time_and_heard_of_late_counts(works):
    ticket_id = scheduled(works, ask=True)
    pass_minutes(works, 50)
    (card,) = works.world.open_cards()
    works.world.sandbox.press(card["id"], "agree", "ding-operator")
    works.world.pass_time(10.5 * 60)
    works.tick()  # its time has come, and no sweep has asked since
    assert works.story(ticket_id)["status"] == "exec_scheduled"
    works.world.run()
    works.tick()
    assert works.story(ticket_id)["status"] == "finished"
    assert works.stock()[1] == 11


@pytest.mark.parametrize("how", ["disabled", "left the project"])
def test_it_does_not_run_in_the_name_of_somebody_who_may_not_any_more(works, how):
    ticket_id = scheduled(works)
    with works.world.rules():
        operator = works.world.member("operator")
        if how == "disabled":
            operator.is_enabled = False
        else:
            db.session.execute(db.delete(ProjectMember).filter_by(member_id=operator.id))
    pass_minutes(works, 60)
    story = works.story(ticket_id)
    assert story["status"] == "wait_for_execution"
    assert "已不能处理这张工单" in story["notice"]
    assert works.stock()[1] == 10


def test_one_bad_ticket_stops_no_other(works):
    """Pitfall 19: a row that cannot be makes its start raise; the next one's runs all the same."""
    bad, good = scheduled(works), scheduled(works)
    with works.world.ticket(bad) as ticket:
        ticket.scheduled_by = None
    pass_minutes(works, 60)
    assert works.story(bad)["status"] == "exec_scheduled"
    assert works.story(good)["status"] == "finished"


def test_asked_too_late_it_does_not_say_that_nobody_answered(works):
    ticket_id = scheduled(works)
    works.world.pass_time(59 * 60)
    with works.world.rules():
        db.session.execute(db.update(Project).values(confirm_schedule=True))
    works.world.pass_time(5 * 60)
    works.tick()
    assert "没有来得及" in works.story(ticket_id)["notice"]
