"""When people work: Monday to Friday from 9 to 18, in Shanghai."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
BEGINS, ENDS = time(9), time(18)
A_DAY = timedelta(hours=9)


def at(day: date, hour: float = 0) -> datetime:
    return datetime.combine(day, time(0), ZONE) + timedelta(hours=hour)


def month_begins(year: int, month: int) -> datetime:
    return at(date(year, month, 1))


def working_days(begins: datetime, ends: datetime) -> Iterator[date]:
    day = begins.astimezone(ZONE).date()
    while at(day) < ends:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)


def later(moment: datetime, working_time: timedelta) -> datetime:
    """After so much working time."""
    moment = moment.astimezone(ZONE)
    while True:
        begins, ends = (datetime.combine(moment.date(), one, ZONE) for one in (BEGINS, ENDS))
        moment = max(moment, begins)
        if moment.weekday() < 5 and moment < ends:
            if moment + working_time < ends:
                return moment + working_time
            working_time -= ends - moment
        moment = at(moment.date() + timedelta(days=1))
