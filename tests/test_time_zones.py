"""T4: stored in UTC, shown in the portal's zone, expired by UTC, whatever the server's zone is."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.domain import budget, signin
from portal.extensions import db
from portal.kit import clock
from portal.models import Member, OperationRecord
from portal.pages import shown_time

SERVER_ZONES = ("UTC", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe")


@pytest.fixture
def server_in(monkeypatch):
    """server_in("America/New_York"): the process's zone from now on."""

    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("zone", "moment", "shown"),
    [
        ("Asia/Shanghai", "2028-02-28T16:30:00", "2028-02-29 00:30:00"),
        ("Asia/Shanghai", "2026-12-31T16:00:00", "2027-01-01 00:00:00"),
        ("Europe/Berlin", "2026-10-25T00:30:00", "2026-10-25 02:30:00"),
        ("Europe/Berlin", "2026-10-25T01:30:00", "2026-10-25 02:30:00"),
        ("Europe/Berlin", "2026-03-29T00:59:59", "2026-03-29 01:59:59"),
        ("Europe/Berlin", "2026-03-29T01:00:00", "2026-03-29 03:00:00"),
    ],
)
def test_a_moment_comes_back_as_it_was_and_is_shown_in_the_portals_zone(
    context, server_in, zone, moment, shown
):
    context.config["TIMEZONE"] = zone
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    for number, there in enumerate(SERVER_ZONES):
        server_in(there)
        row = OperationRecord(action="login", subject=f"s:{number}", details={}, at=at)
        db.session.add(row)
        db.session.commit()
        db.session.expire_all()
        assert row.at == at
        assert shown_time(row.at) == shown


def test_the_databases_clock_knows_no_zone(context, server_in):
    for there in SERVER_ZONES:
        server_in(there)
        assert abs(clock.database_now(db.session) - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize("there", SERVER_ZONES)
def test_a_session_ends_by_utc_through_a_change_of_clocks_and_of_the_year(
    context, server_in, there
):
    member = db.session.scalars(select(Member)).first()
    for began in ("2026-10-24T22:00:00", "2026-12-31T15:00:00", "2028-02-28T12:00:00"):
        start = datetime.fromisoformat(began).replace(tzinfo=UTC)
        server_in("UTC")
        with time_machine.travel(start, tick=False):
            token = signin.open_session(member, "127.0.0.1", "tests", clock.utc_now())
            db.session.commit()
        server_in(there)
        almost = start + signin.IDLE - timedelta(seconds=1)
        with time_machine.travel(almost, tick=False):
            assert signin.current(token, clock.utc_now()) is not None
        with time_machine.travel(almost + timedelta(seconds=2), tick=False):
            assert signin.current(token, clock.utc_now()) is None


def test_a_month_of_calls_ends_where_the_platform_is(server_in):
    server_in("America/New_York")
    assert budget.month_of(datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)) == "2026-12"
    assert budget.month_of(datetime(2026, 12, 31, 16, 0, tzinfo=UTC)) == "2027-01"
