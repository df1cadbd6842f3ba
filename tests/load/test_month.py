"""A month of DingTalk under the standard edition's quota, without callbacks (G14).

    PORTAL_TESTS_LONG=1 .venv/bin/python -m pytest tests/load/test_month.py -s

15 tickets a working day, three steps each, all decided in the IM; each card's ticket page is
opened once. It is not an installation's first month, which may have some 400 calls more to be tried
out with. The clocks of the portal, of its database and of the sandbox are put forward together
from one event to the next.

The short form plays the last seven days of the month only, five of them working days. Of the days
before it knows nothing by experience: their calls are assumed to be their part of the goal, their
cards are rows that nobody has sent, and the purse is empty. The goal of its own calls is what is
left of the month's.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain import polling
from portal.domain.budget import month_of
from portal.domain.purse import Purse
from portal.extensions import db
from portal.models import ApiUsage, Approval, ApprovalState, PortalSetting
from portal.sandbox.serve import start_thread
from tests.load import office_hours
from tests.load.bill import Bill, bill
from tests.load.clock import simulated
from tests.load.office import STEPS, TICKETS_A_DAY, Office
from tests.platforms import addresses
from tests.world import Sandbox, World

pytestmark = pytest.mark.load

BEGINS, ENDS = office_hours.month_begins(2027, 6), office_hours.month_begins(2027, 7)
MONTHLY_CALLS = 5000
IS_LONG = os.environ.get("PORTAL_TESTS_LONG") == "1"
FROM = BEGINS if IS_LONG else ENDS - timedelta(days=7)


@pytest.fixture
def sandbox():
    server = start_thread("127.0.0.1", 0)
    sandbox = Sandbox(f"http://127.0.0.1:{server.port}")
    sandbox.reset()
    yield sandbox
    server.shutdown()


@pytest.fixture
def environment(sandbox) -> dict[str, str]:
    return addresses(sandbox.base) | {"LOG_LEVEL": "ERROR"}


@pytest.fixture
def office(app, sandbox, password_hash) -> Office:
    """At the beginning nobody knows yet how much there will be to do."""
    with simulated(app, FROM) as time:
        world = World(app, sandbox)
        sandbox.control("rules", {"monthly_quota": MONTHLY_CALLS})
        world.settle_in(password_hash, STEPS, im_execute=False)
        yield Office(world, time)


def say(figures, of: str, found: Bill) -> None:
    figures.say(f"tickets, {of}", f"{found.tickets}", f"{len(found.minutes)} cards")
    remark = ", ".join(f"{kind} {count}" for kind, count in sorted(found.calls.items()))
    figures.say(f"counted calls, {of}", f"{found.total}", remark)
    figures.say(f"counted calls a ticket, {of}", f"{found.total / found.tickets:.1f}", "3 steps")
    remark = f"p95 {found.p95:.1f} min, worst {found.worst:.0f} min"
    figures.say(f"tap to ticket p50, {of}", f"{found.p50:.1f} min", remark)
    remark = f"ratio {found.predecessor / found.total:.0f}"
    figures.say(f"calls of the predecessor's pattern, {of}", f"{found.predecessor}", remark)


def test_month(office, figures):
    goal = figures.goal("dingtalk_calls_a_month")
    days = len(list(office_hours.working_days(BEGINS, ENDS)))
    own_days = len(list(office_hours.working_days(FROM, ENDS)))
    if IS_LONG:
        not_new(office, MONTHLY_CALLS * polling.PURSE_SHARE)
    else:
        as_if_before(office, round(goal * (days - own_days) / days))
    office.plan_filing(FROM, ENDS)
    office.run(ENDS)
    found = bill(office)
    say(figures, "a month" if IS_LONG else "7 days", found)
    assert found.tickets == TICKETS_A_DAY * own_days
    # Those of the last two days go on in the next month.
    assert len(found.minutes) > len(STEPS) * TICKETS_A_DAY * (own_days - 2)
    assert datetime.now(UTC) >= ENDS
    assert found.total <= goal * own_days / days
    assert found.p95 <= figures.goal("minutes_from_tap_to_ticket")


@pytest.mark.sabotage
def test_without_the_purse_a_day_costs_more_than_its_share(office, figures, monkeypatch):
    """Every look is made when it is due, as with few tickets."""
    monkeypatch.setattr(polling, "turn", lambda _name, _size, _due, now: polling.Turn(True, now))
    day = office.time.now() + timedelta(days=1)
    office.plan_filing(office.time.now(), day)
    office.run(day)
    days = len(list(office_hours.working_days(BEGINS, ENDS)))
    found = bill(office)
    say(figures, "a day without the purse", found)
    assert found.total > 1.5 * figures.goal("dingtalk_calls_a_month") / days


def not_new(office: Office, calls: float) -> None:
    """A purse from earlier days, with so much in it."""
    now = office.time.now()
    key = f"polls:{office.world.platform.name}"
    with office.world.rules():
        db.session.add(PortalSetting(key=key, value=Purse(calls, now, now, now).written()))


def as_if_before(office: Office, calls: int) -> None:
    """The days before: so many calls made, the cards of a week decided, the purse empty."""
    not_new(office, 0)
    now = office.time.now()
    name, app_key = office.world.platform.name, office.world.platform.app_key
    with office.world.rules():
        db.session.add(ApiUsage(provider=name, month=month_of(now), call="start", count=calls))
        for day in office_hours.working_days(now - timedelta(days=7), now):
            for number in range(TICKETS_A_DAY * len(STEPS)):
                made = office_hours.at(day, 12)
                key = f"before-{day}-{number}"
                db.session.add(
                    Approval(
                        provider=name, key=key, app_key=app_key, issue_number=number,
                        state=ApprovalState.APPROVED, created_at=made,
                    )
                )  # fmt: skip
