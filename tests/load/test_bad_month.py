"""What trouble costs in counted calls: no answers, a wrong secret, a used-up quota (G15).

With PORTAL_TESTS_LONG=1 a month, beside the same without trouble; else four days with a third of
the trouble and of the goal, and a third of the tickets.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from tests.load import office_hours
from tests.load.bill import at, bill, workflow_calls
from tests.load.clock import simulated
from tests.load.office import STEPS, TICKETS_A_DAY, Office
from tests.load.test_month import BEGINS, ENDS, IS_LONG, environment, sandbox
from tests.world import World

__all__ = ["environment", "sandbox"]
pytestmark = pytest.mark.load
PART = 1 if IS_LONG else 1 / 3
UNTIL = ENDS if IS_LONG else BEGINS + timedelta(days=4)
TICKETS = round(TICKETS_A_DAY * PART)
SILENT = BEGINS + timedelta(hours=34)
OUTAGE = (SILENT, SILENT + timedelta(days=3) * PART)
REVOKED = OUTAGE[1] + timedelta(hours=10)
WRONG_SECRET = (REVOKED, REVOKED + timedelta(days=2) * PART)
QUOTA = 100


@pytest.fixture
def open_office(app, sandbox, password_hash):
    """open_office(time) → an Office in which nothing has happened yet."""

    def make(time) -> Office:
        sandbox.reset()
        world = World(app, sandbox)
        world.settle_in(password_hash, STEPS, im_execute=False)
        return Office(world, time)

    return make


def change_secret(office: Office, secret: str) -> None:
    platform = office.world.platform
    app = {"app_key": platform.app_key, "app_secret": secret, "revoke_tokens": True}
    office.world.sandbox.control("apps", app)


def mend(office: Office) -> None:
    """The admin puts the secret right and presses 重试 on what has failed."""
    change_secret(office, office.world.platform.app_secret)
    office.world.save_platform(secret=office.world.platform.app_secret)
    office.retry_failed()


def plan_trouble(office: Office) -> None:
    sandbox = office.world.sandbox
    silent, answers = OUTAGE
    office.plan(silent, lambda: sandbox.fault("lost_before", "", times=None))
    office.plan(answers, lambda: sandbox.control("faults", method="DELETE"))
    office.plan(answers + timedelta(hours=1), office.retry_failed)
    wrong, right = WRONG_SECRET
    office.plan(wrong, lambda: change_secret(office, "another-secret"))
    office.plan(right, lambda: mend(office))


def is_in_trouble(call: dict) -> bool:
    return any(begins <= at(call) < ends for begins, ends in (OUTAGE, WRONG_SECRET))


@pytest.mark.parametrize("has_trouble", [False, True])
def test_bad_month(app, open_office, figures, has_trouble, record):
    with simulated(app, BEGINS) as time:
        office = open_office(time)
        office.plan_filing(BEGINS, UNTIL, TICKETS)
        if has_trouble:
            plan_trouble(office)
        office.run(UNTIL)
        found = bill(office)
        open_ones = office.open_tickets()
    record[has_trouble] = found
    calls = ", ".join(f"{kind} {count}" for kind, count in sorted(found.calls.items()))
    days = (UNTIL - BEGINS).days
    name = "with trouble" if has_trouble else "without trouble"
    figures.say(f"calls of {days} days {name}", f"{found.total}", calls)
    assert open_ones <= 3 * TICKETS  # everything goes on: those of the last two or three days
    if has_trouble:
        in_vain = sum(is_in_trouble(one) for one in workflow_calls(office))
        figures.say("calls in vain", f"{in_vain}", "while there was trouble")
        more = found.total - record[False].total if record[False] else 0
        figures.say("calls that trouble costs", f"{more}", f"{PART:.2f} of 3 days and 2 days")
        assert max(more, in_vain) <= PART * figures.goal("extra_calls_of_a_bad_month")


@pytest.fixture(scope="module")
def record() -> dict:
    """What it has cost without trouble, if that was played."""
    return {False: None}


def test_a_used_up_quota(app, open_office, figures, sign_in):
    """Others have used it up: one question a day, one sentence, and on the 1st all goes on."""
    with simulated(app, ENDS - timedelta(days=7)) as time:
        office = open_office(time)
        office.world.sandbox.control("rules", {"monthly_quota": QUOTA})
        office.plan_filing(time.now(), ENDS + timedelta(days=1), 5)
        office.run(ENDS - timedelta(hours=1))
        page = sign_in("boss").get("/settings/integrations")
        office.run(ENDS + timedelta(hours=12))
        calls, open_ones = workflow_calls(office), office.open_tickets()
    assert "本月的钉钉接口调用次数已用完" in page.text
    used_up = next(at(one) for one in calls if "CountLimit" in one["code"])
    days = Counter(at(one).astimezone(office_hours.ZONE).date()
                   for one in calls if used_up < at(one) < ENDS)  # fmt: skip
    after = [at(one) for one in calls if at(one) >= ENDS]
    figures.say("calls a day without quota", f"{max(days.values())}", f"{len(days)} days")
    assert used_up < ENDS - timedelta(days=4)
    assert max(days.values()) <= figures.goal("calls_a_day_without_quota")
    assert min(after) < ENDS + timedelta(minutes=10)
    assert len(after) > QUOTA / 2
    assert open_ones <= 30
