"""How often DingTalk is asked for open cards: working hours, purse, reserve and longest waits."""

from __future__ import annotations

import itertools
import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal import jobs
from portal.domain import polling, working_hours
from portal.domain.app_health import first_of_next_month
from portal.domain.budget import month_of
from portal.domain.purse import Purse, take
from portal.extensions import db
from portal.kit.clock import utc_now
from portal.models import ApiUsage, Approval, ApprovalState, PortalSetting

SHANGHAI = ZoneInfo("Asia/Shanghai")
LIMIT, PAGE = 5000, 20
HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
A_TICK = timedelta(minutes=1)
KEYS = itertools.count()


def here(day: int, hour: float, zone: ZoneInfo = SHANGHAI) -> datetime:
    """A moment of June 2027; the 1st is a Tuesday."""
    return (datetime(2027, 6, day, tzinfo=zone) + timedelta(hours=hour)).astimezone(UTC)


TUESDAY, NIGHT, SATURDAY = here(15, 10), here(16, 2), here(19, 12)


@pytest.fixture
def month(context, monkeypatch):
    """A month in which nothing is known yet; utc_now() is where the calls are counted.

    The installation is not new: its purse holds what purses do.
    """
    monkeypatch.setattr("portal.domain.budget.utc_now", lambda: TUESDAY)
    monkeypatch.setattr(polling, "WELCOME_SHARE", polling.PURSE_SHARE)
    monkeypatch.setattr(polling, "GONE_SHARE", 0)


def cards(number: int, made: datetime, state: ApprovalState = ApprovalState.PENDING) -> None:
    for _card in range(number):
        key = f"card-{next(KEYS)}"
        db.session.add(
            Approval(
                provider="dingtalk", key=key, issue_number=next(KEYS), app_key="ding-app",
                state=state, created_at=made, started_at=made, next_poll_at=made,
            )
        )  # fmt: skip
    db.session.flush()


def used(calls: int) -> None:
    row = {"provider": "dingtalk", "month": month_of(TUESDAY), "call": "start"}
    db.session.add(ApiUsage(**row, count=calls))
    db.session.flush()


def turn(now: datetime, due=()) -> polling.Turn:
    return polling.turn("dingtalk", PAGE, due, now)


def looks(begins: datetime, ends: datetime) -> list[datetime]:
    """When a look is made by a sweep a minute that always finds a card due."""
    made, now = [], begins
    while now < ends:
        answer = turn(now)
        if answer.may_look:
            made.append(now)
        sweeps = max(1, math.ceil((answer.next_at - now) / A_TICK))
        now += sweeps * A_TICK
    return made


def gaps(made: list[datetime]) -> list[timedelta]:
    return [later - earlier for earlier, later in itertools.pairwise(made)]


def emptied(now: datetime) -> datetime:
    """Everything in the purse is spent, at a look a second; answers when."""
    while turn(now).may_look:
        now += timedelta(seconds=1)
    return now


def test_with_few_cards_every_sweep_may_look(month):
    made = looks(TUESDAY, TUESDAY + 0.75 * HOUR)
    assert set(gaps(made)) == {A_TICK}


@pytest.mark.parametrize(
    ("day", "calls", "expected"), [(1, 0, 500), (15, 0, 1400), (15, 1000, 400), (15, 3000, 100)]
)
def test_a_new_installation_begins_with_much(context, monkeypatch, day, calls, expected):
    """Somebody tries it out; and nobody has needed the calls of the days that are gone."""
    monkeypatch.setattr("portal.domain.budget.utc_now", lambda: TUESDAY)
    used(calls)
    begins = here(day, 10)
    turn(begins)
    _row, purse = take("dingtalk", lambda: 0, begins)
    assert purse.calls == pytest.approx(expected, abs=50)
    turn(begins + HOUR)
    _row, later = take("dingtalk", lambda: 0, begins)
    assert purse.calls - 1 <= later.calls <= max(purse.calls, LIMIT * polling.PURSE_SHARE)


def test_an_empty_purse_spreads_the_looks_over_the_working_hours(month):
    cards(15, TUESDAY - HOUR)
    made = looks(emptied(TUESDAY), TUESDAY + 8 * HOUR)
    assert timedelta(minutes=3) <= min(gaps(made)) <= max(gaps(made)) <= QUARTER


@pytest.mark.parametrize(
    ("begins", "hours", "longest"),
    [
        (TUESDAY, 9, QUARTER),
        (here(15, 19), 5, HOUR),
        (here(16, 0), 7, 3 * HOUR),
        (SATURDAY, 10, HOUR),
    ],
)
def test_the_waits_are_bounded_by_day_and_by_night(month, begins, hours, longest):
    """A heavy month: the plan is spent, the quota is not."""
    cards(15, begins - HOUR)
    start_anew(0)
    free = polling._Month("dingtalk", LIMIT, PAGE, 0, begins).flow
    free *= working_hours.weighed(begins, first_of_next_month(begins))
    start_anew(round(free) + 300)
    made = looks(emptied(begins), begins + hours * HOUR)
    assert longest * 0.9 <= min(gaps(made)) <= max(gaps(made)) <= longest


def test_the_waits_grow_when_the_quota_itself_is_claimed(month):
    cards(15, TUESDAY - HOUR)
    found = []
    for calls in (1000, 2500, 3300, 6000):
        start_anew(calls)
        emptied(TUESDAY)
        found.append(max(gaps(looks(TUESDAY, TUESDAY + 9 * HOUR))))
    assert found == sorted(found)
    assert found[0] <= QUARTER < found[2] < found[-1] <= 3 * HOUR


def start_anew(calls: int) -> None:
    """So many calls are used, and nothing is known of the purse."""
    db.session.execute(db.delete(ApiUsage))
    db.session.execute(db.delete(PortalSetting).filter_by(key="polls:dingtalk"))
    db.session.expire_all()
    used(calls)


def test_what_expected_cards_need_is_set_aside(month):
    """Twice the cards of the last week: fewer looks are left."""
    cards(100, TUESDAY - timedelta(days=6.9), ApprovalState.APPROVED)
    few = emptied(TUESDAY)
    first = turn(few).next_at - few
    cards(150, TUESDAY - timedelta(days=2), ApprovalState.APPROVED)
    second = turn(few).next_at - few
    assert second > 1.5 * first


def test_a_look_at_more_than_a_page_costs_more(month):
    cards(PAGE, TUESDAY - HOUR)
    now = emptied(TUESDAY)
    one = turn(now).next_at - now
    cards(PAGE, TUESDAY - HOUR)
    assert turn(now).next_at - now > 1.5 * one


def test_a_page_that_is_opened_overdraws_the_purse_up_to_a_limit(month):
    cards(1, TUESDAY - HOUR)
    now = emptied(TUESDAY)
    card = db.session.scalars(db.select(Approval)).one()
    overdrawn = 0
    for _view in range(LIMIT):
        card.next_poll_at = now  # see approvals.poll_soon
        if not turn(now, [card]).may_look:
            break
        overdrawn += 1
    assert overdrawn == LIMIT * polling.OVERDRAFT_SHARE
    card.next_poll_at = turn(now).next_at  # put off like any other
    assert turn(now, [card]).may_look is False


def test_a_new_card_overdraws_nothing(month):
    now = emptied(TUESDAY)
    cards(1, now + timedelta(seconds=1))
    card = db.session.scalars(db.select(Approval)).one()
    assert turn(now + timedelta(seconds=60), [card]).may_look is False


def test_the_last_day_does_not_throw_away_what_is_left(month):
    end = first_of_next_month(TUESDAY)
    for before in (3 * HOUR, HOUR, timedelta(minutes=5)):
        start_anew(3000)
        now = emptied(end - before)
        assert turn(now).next_at - now > A_TICK


def test_a_provider_without_a_quota_has_no_purse(month):
    assert polling.turn("feishu", 1, (), TUESDAY) == polling.Turn(True, TUESDAY)
    assert db.session.get(PortalSetting, "polls:feishu") is None


ON_DINGTALK = pytest.mark.parametrize("platform", ["dingtalk"], indirect=True)


def looks_over_there(world) -> int:
    details = world.sandbox.calls("workflow/processInstances")
    return len(world.sandbox.calls("instanceIds/query")) + sum(
        one["method"] == "GET" for one in details
    )


@ON_DINGTALK
def test_without_open_cards_nothing_is_asked(world, platform):
    world.sweep()
    world.file()
    world.sweep()  # its card is not sent yet
    assert looks_over_there(world) == 0


@ON_DINGTALK
def test_one_look_is_for_all_cards(world, platform):
    world.file()
    world.deliver()
    world.pass_time(300)
    world.file()
    world.deliver()
    world.pass_time(61)
    for _tick in range(5):
        with world.app.app_context():
            jobs.sweep()
    assert looks_over_there(world) == 1


@ON_DINGTALK
def test_an_opened_page_brings_the_next_look_forward(world, platform, sign_in):
    with world.ticket(world.file()) as ticket:
        path = f"/projects/pay/tickets/{ticket.number}"
    world.deliver()
    with world.rules():
        now = utc_now()
        purse = Purse(0, now, now, now)
        db.session.add(PortalSetting(key="polls:dingtalk", value=purse.written()))
    sweep_in(world, 61)
    assert looks_over_there(world) == 0  # put off until the purse can pay
    sweep_in(world, 61)
    assert looks_over_there(world) == 0
    sign_in("creator").get(path)
    sweep_in(world, 61)
    assert looks_over_there(world) == 1


def sweep_in(world, seconds: float) -> None:
    world.pass_time(seconds)
    with world.rules():
        row, purse = take("dingtalk", lambda: 0, utc_now())
        for name in ("filled_at", "looked_at", "next_at"):
            setattr(purse, name, getattr(purse, name) - timedelta(seconds=seconds))
        row.value = purse.written()
    with world.app.app_context():
        jobs.sweep()
