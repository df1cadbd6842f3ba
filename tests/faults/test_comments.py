"""kill -9 around a comment: it stands over there exactly once."""

from __future__ import annotations

import pytest

from portal.domain import notices
from portal.domain.told import Edge
from portal.models import Delivery, DeliveryAction, DeliveryState
from tests.faults.conftest import ON_DATABASES_AT_NIGHT, ON_EACH
from tests.faults.processes import is_dead, wait_until

# how the sandbox kills the worker at its call → is the comment there when it is dead
WINDOWS = {"kill_before": False, "kill_after": True, "kill_answered": True}


@pytest.mark.faults
@ON_DATABASES_AT_NIGHT
@ON_EACH
@pytest.mark.parametrize("window", WINDOWS)
def test_a_killed_worker_leaves_exactly_one_comment(stage, window):
    stage.warm()
    (card,) = stage.sandbox.cards()
    pid = stage.worker(LEASE_SECONDS="60")
    stage.sandbox.fault(window, stage.platform.comment, method="POST", pid=pid, seconds=0)
    with stage.world.ticket(stage.tickets[0]) as ticket:
        notices.tell(ticket, Edge.RETURNED)
    wait_until(lambda: is_dead(pid), "the worker is killed")
    comments = stage.sandbox.card(card["id"])["comments"]
    assert len(comments) == WINDOWS[window], "killed in another window"
    assert stage.count(Delivery.state == DeliveryState.SENDING) == 1
    stage.world.pass_time(61)
    for _worker in range(2):
        stage.worker(LEASE_SECONDS="60")
    stage.drain()
    assert len(stage.sandbox.card(card["id"])["comments"]) == 1
    sent = (Delivery.action == DeliveryAction.COMMENT, Delivery.state == DeliveryState.SENT)
    assert stage.count(*sent) == 1
