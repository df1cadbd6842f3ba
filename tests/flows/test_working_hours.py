"""What an hour is worth, by day, by night and at weekends, in the portal's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from portal.domain import working_hours
from tests.flows.test_polling import HOUR, NIGHT, SATURDAY, TUESDAY, here


def worth(moment: datetime) -> float:
    """Of a second then."""
    return working_hours.weighed(moment, moment + timedelta(seconds=1))


def test_an_hour_outside_of_working_hours_is_worth_less(context):
    assert worth(here(18, 9)) == worth(here(18, 18.99)) == 1
    assert worth(here(18, 8.99)) == worth(here(18, 23.99)) == worth(SATURDAY) == 1 / 4
    assert worth(here(18, 0)) == worth(here(19, 6.99)) == 1 / 12
    friday, monday = here(18, 18), here(21, 10)
    hours = 1 + 5 / 4 + 3 * 7 / 12 + 2 * 17 / 4 + 2 / 4 + 1
    assert working_hours.weighed(friday, monday) == pytest.approx(hours * 3600)


@pytest.mark.parametrize("moment", [TUESDAY, NIGHT, SATURDAY, here(18, 18.99), here(21, 8.99)])
def test_after_is_weighed_the_other_way_round(context, moment):
    for seconds in (1, 60, 3600, 40000, 400000):
        there = working_hours.after(moment, seconds)
        assert working_hours.weighed(moment, there) == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Los_Angeles"])
def test_working_hours_are_those_of_the_portals_zone(app, context, zone):
    app.config["TIMEZONE"] = zone
    begins = here(15, 9, ZoneInfo(zone))
    assert worth(begins) == 1
    assert worth(begins - timedelta(seconds=1)) == 1 / 4


def test_summer_time_loses_no_hour(app, context):
    app.config["TIMEZONE"] = "Europe/Berlin"
    night = datetime(2027, 3, 27, 23, tzinfo=UTC)  # midnight; the clocks go forward at one
    assert working_hours.weighed(night, night + 7 * HOUR) == (6 / 12 + 1 / 4) * 3600
