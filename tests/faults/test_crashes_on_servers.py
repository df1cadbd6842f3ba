"""The windows of test_crashes.py with the portal's database on PostgreSQL and MariaDB."""

from __future__ import annotations

import pytest

from tests.faults.conftest import ON_SERVERS
from tests.faults.goals import IS_LONG
from tests.faults.judge import UNHARMED
from tests.faults.test_crashes import WINDOWS, crash_in, frozen, least

KILLS = 20 if IS_LONG else 3


@pytest.mark.faults
@ON_SERVERS
@pytest.mark.parametrize("window", WINDOWS)
def test_a_worker_killed_on_a_server_leaves_exactly_one_card(stage, window):
    numbers = crash_in(stage, window, KILLS)
    assert numbers.harm == UNHARMED
    assert numbers.submitted == KILLS + 1
    assert least(window, KILLS) <= numbers.recovered <= KILLS


@pytest.mark.faults
@ON_SERVERS
def test_a_worker_that_slept_on_a_server_sends_nothing(stage):
    assert frozen(stage).harm == UNHARMED
    assert len(stage.starts()) == 2


@pytest.mark.sabotage
@ON_SERVERS
def test_without_the_token_the_sleeper_on_a_server_sends_a_second_card(stage):
    stage.rule = "fencing"
    assert frozen(stage).duplicated >= 1
