"""When people decide: Monday to Friday from 9 to 19, in PORTAL_TIMEZONE. Other time counts less."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app

BEGIN, END = time(9), time(19)
A_DAY = timedelta(hours=10)
# So much of an hour of working time is any other hour worth, since somebody approves in the evening
# and on Saturday, too; and an hour between midnight and morning.
QUIET, NIGHT = 1 / 4, 1 / 12
MORNING, MIDNIGHT = time(7), time(0)


def weighed(begins: datetime, ends: datetime) -> float:
    """The seconds of working time between these moments, other time by its weight."""
    seconds = 0.0
    for start, end, weight in _stretches(begins):
        if start >= ends:
            break
        seconds += (min(end, ends) - start).total_seconds() * weight
    return seconds


def after(moment: datetime, seconds: float) -> datetime:
    """When so many seconds of working time, other time by its weight, will have passed."""
    for start, end, weight in _stretches(moment):
        there = start + timedelta(seconds=seconds / weight)
        if there <= end:
            return there
        seconds -= (end - start).total_seconds() * weight
    raise AssertionError("time ends")


def _stretches(moment: datetime) -> Iterator[tuple[datetime, datetime, float]]:
    """From this moment on, without end: start and end in UTC, and what time is worth between."""
    zone = ZoneInfo(current_app.config["TIMEZONE"])
    day = moment.astimezone(zone).date()
    while True:
        by_day = 1.0 if day.weekday() < 5 else QUIET
        day, today = day + timedelta(days=1), day
        for end_day, hour, weight in (
            (today, MORNING, NIGHT),
            (today, BEGIN, QUIET),
            (today, END, by_day),
            (day, MIDNIGHT, QUIET),
        ):
            end = datetime.combine(end_day, hour, zone).astimezone(UTC)
            if end > moment:
                yield moment, end, weight
                moment = end
