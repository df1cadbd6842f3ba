"""How often a provider with a monthly quota may be asked for its open cards.

A look asks for all of them: one list call a page. What open and expected cards will need (starts,
details, comments) is set aside first, then a look every 15 minutes of working time: that is an
hour in the evening and at weekends, three from midnight to 7. The rest of the month's plan flows
into a purse, evenly over the hours that are left by what they are worth, and pays earlier looks.

- Few tickets, or a new installation: the purse is full, and every look is made when it is due.
- Many: looks are as far apart as the purse makes them, and never further than was set aside. Where
  even the whole quota, not just the plan, would not bear that till the month ends, they move
  apart, to twelve times as far at most.
- Somebody who opens a ticket's page may overdraw the purse: others wait longer after that.

Starts and decisions never wait for any of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain import budget
from portal.domain.app_health import first_of_next_month
from portal.domain.purse import take
from portal.domain.working_hours import A_DAY, after, weighed
from portal.extensions import db
from portal.models import Approval, ApprovalState

# So much of the quota is spent by plan, the rest is for bad days and the organisation's other apps;
# and so much at most, in a month of more tickets than that bears.
PLANNED_SHARE, USABLE_SHARE = 0.77, 0.97
# What the purse holds at most: quick answers, while there is little to do.
PURSE_SHARE = 0.02
# What is in a new one: an installation is tried out, and should answer quickly. And so much of the
# plan for those days of the month that are gone.
WELCOME_SHARE, GONE_SHARE = 0.1, 0.5
# By so much may those overdraw it who look at a page.
OVERDRAFT_SHARE = 0.01
# What a card costs besides the looks: start, detail, and for every other one a comment or an end.
CALLS_A_CARD = 2.5
# Cards are expected by those of the last 7 days; until these are known, for so much of the quota.
WEEK = timedelta(days=7)
UNKNOWN_SHARE = 0.5
A_MONTH = timedelta(days=30)
# Seconds of working time between two looks, at most; the sweep that makes one comes up to a
# minute later.
LONGEST_WAIT = 14 * 60
LONGEST_OF_ALL = 12 * LONGEST_WAIT


@dataclass(frozen=True)
class Turn:
    """Whether a look may be made now, and before when there is none unless somebody asks."""

    may_look: bool
    next_at: datetime


def turn(provider: str, list_size: int | None, due: Sequence[Approval], now: datetime) -> Turn:
    """Pay for one look at every open card, if it is its turn.

    list_size: for how many cards one call answers; None: each is asked for by itself, unlimited.
    due: the cards for which the look is meant.
    """
    limit = budget.limit_of(provider)
    if limit is None or list_size is None:
        return Turn(True, now)
    most, least = limit * PURSE_SHARE, -limit * OVERDRAFT_SHARE
    row, purse = take(provider, lambda: _welcome(provider, limit, now), now)
    month = _Month(provider, limit, list_size, purse.calls, now)
    is_asked = purse.is_asked(due)
    purse.fill(month.flow, most, now)
    is_set_aside = now >= after(purse.looked_at, month.longest_wait)
    left_in_purse = purse.calls - (0 if is_set_aside else month.price)
    may_look = is_set_aside or left_in_purse >= (least if is_asked else 0)
    if may_look:
        purse.calls, purse.looked_at = left_in_purse, now
    purse.plan(month.price, month.flow, month.longest_wait, now)
    row.value = purse.written()
    return Turn(may_look, purse.next_at)


class _Month:
    """What the rest of this month has to bear, from now on.

    price: calls of one look. flow: calls into the purse for a second of working time.
    longest_wait: seconds of working time between two looks.
    """

    def __init__(self, provider: str, limit: int, list_size: int, purse: float, now: datetime):
        open_cards = _count(provider, Approval.state == ApprovalState.PENDING)
        # A second page is paid by part, so that one card more does not double the wait.
        self.price = max(1.0, open_cards / list_size)
        left = weighed(now, first_of_next_month(now))
        days = left / A_DAY.total_seconds()
        coming = _cards_a_second(provider, limit, now) * left * CALLS_A_CARD
        # What is still open when the month ends is paid by the next one.
        coming += open_cards * (CALLS_A_CARD - 1) * min(days, 1.0)
        used, _limit = budget.month_use(provider)
        looks = left / LONGEST_WAIT * self.price
        planned = limit * PLANNED_SHARE - used - coming - looks - purse
        # On the last day what is left is not thrown at it: the estimate of it is rough.
        self.flow = max(planned / max(left, A_DAY.total_seconds()), 0.0)
        bearable = max((limit * USABLE_SHARE - used - coming) / self.price, 1.0)
        self.longest_wait = min(max(LONGEST_WAIT, left / bearable), LONGEST_OF_ALL)


def _welcome(provider: str, limit: int, now: datetime) -> float:
    gone = max(1 - (first_of_next_month(now) - now) / A_MONTH, 0.0)
    used, _limit = budget.month_use(provider)
    share = WELCOME_SHARE + PLANNED_SHARE * GONE_SHARE * gone
    return max(limit * share - used, limit * PURSE_SHARE)


def _cards_a_second(provider: str, limit: int, now: datetime) -> float:
    """Of working time, by the last 7 days."""
    lately = _count(provider, Approval.created_at > now - WEEK)
    oldest = db.select(Approval.created_at).where(Approval.provider == provider)
    first = db.session.scalar(oldest.order_by(Approval.id).limit(1)) or now
    a_week = weighed(now - WEEK, now)
    known = weighed(max(first, now - WEEK), now) / a_week
    unknown = limit * UNKNOWN_SHARE / CALLS_A_CARD * (WEEK / A_MONTH)
    return (lately + unknown * (1 - known)) / a_week


def _count(provider: str, condition) -> int:
    mine = db.select(db.func.count(Approval.id)).where(Approval.provider == provider)
    return db.session.scalar(mine.where(condition))
