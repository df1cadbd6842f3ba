"""One platform that is slow holds up its own cards, not the other's."""

from __future__ import annotations

import time

import pytest

from portal.jobs import WORKERS
from portal.models import Delivery, DeliveryAction, DeliveryState
from tests.faults.conftest import ON_BOTH
from tests.faults.processes import wait_until
from tests.platforms import DINGTALK, FEISHU

SLOW = 4.0
TICKETS = 9


@pytest.mark.faults
@ON_BOTH
def test_a_slow_platform_leaves_a_worker_for_the_other(stage):
    stage.sandbox.fault("delay", FEISHU.start, method="POST", times=None, seconds=SLOW)
    stage.file(TICKETS)
    began = time.monotonic()
    stage.worker(HTTP_TIMEOUT="8", SETTLE_SECONDS="9", LEASE_SECONDS="50")

    def sent(platform) -> int:
        return stage.count(
            Delivery.provider == platform.name,
            Delivery.action == DeliveryAction.START,
            Delivery.state == DeliveryState.SENT,
        )

    wait_until(lambda: sent(DINGTALK) == TICKETS, "the quick one has sent all of its cards")
    # Taken in the order they came, by any worker: five of the slow ones would be out by now.
    assert sent(FEISHU) < TICKETS - WORKERS
    print(f"all of the quick one's cards after {time.monotonic() - began:.1f} s")
    wait_until(lambda: sent(FEISHU) == TICKETS, "the slow one gets there too", 60)
