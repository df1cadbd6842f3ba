"""Waiting for the served portal, which has a clock of its own."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.world import World


def until(true: Callable[[], object], seconds: float = 30.0):
    """Wait for the served portal to get there; answers what was waited for."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, "the served portal did not get there"
        time.sleep(0.1)
    return found


def waiting_cards(world: World, subject: str, provider: str) -> list[dict]:
    """The open cards of this ticket over there."""
    return [one for one in world.open_cards(subject) if one["provider"] == provider]
