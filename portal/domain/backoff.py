"""How long to wait before the next try (R9 of the delivery protocol)."""

from __future__ import annotations

import random

FIRST = 2.0
LONGEST = 15 * 60.0


def seconds(attempts: int) -> float:
    """Full jitter: up to 2 s doubled each time, 15 minutes at most."""
    longest = min(FIRST * 2 ** min(attempts, 20), LONGEST)
    return random.uniform(0.2, longest)  # noqa: S311  spreads load, keeps no secret
