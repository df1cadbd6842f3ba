"""The tries of deliveries in figures: how many ended how, and how long the platforms took."""

from __future__ import annotations

import math
import threading
from collections import Counter, defaultdict
from datetime import datetime, timedelta

from portal.domain import doubts
from portal.extensions import db
from portal.models import Delivery, DeliveryAttempt

# The outcome of an older try changes no more, or hardly ever: those are counted once.
SETTLED = timedelta(days=1)
WINDOW = timedelta(hours=1)
# Of the last hour's tries at most so many, the newest.
SAMPLE = 5000
QUANTILES = (0.5, 0.9, 0.99)


class Tally:
    """All tries by provider and outcome (yes, no, doubt, open), without counting all each time."""

    def __init__(self):
        self._guard = threading.Lock()
        self._counted: Counter[tuple[str, str]] = Counter()
        self._up_to = 0

    def read(self, now: datetime) -> Counter[tuple[str, str]]:
        """Three statements; only the first reading of a process goes through the whole table."""
        with self._guard:
            settled = _last_before(now - SETTLED)
            if settled > self._up_to:
                self._counted += _counts(
                    DeliveryAttempt.id > self._up_to, DeliveryAttempt.id <= settled
                )
                self._up_to = settled
            return self._counted + _counts(DeliveryAttempt.id > self._up_to)


def _last_before(moment: datetime) -> int:
    query = (
        db.select(DeliveryAttempt.id)
        .where(DeliveryAttempt.started_at < moment)
        .order_by(DeliveryAttempt.started_at.desc())
        .limit(1)
    )
    return db.session.scalar(query) or 0


def _counts(*conditions) -> Counter[tuple[str, str]]:
    query = (
        db.select(Delivery.provider, DeliveryAttempt.outcome, db.func.count())
        .join(Delivery, Delivery.id == DeliveryAttempt.delivery_id)
        .where(*conditions)
        .group_by(Delivery.provider, DeliveryAttempt.outcome)
    )
    rows = db.session.execute(query)
    return Counter({(provider, outcome or "open"): count for provider, outcome, count in rows})


def seconds(now: datetime) -> dict[str, dict[float, float]]:
    """Provider → quantile → seconds from just before a changing call to its answer, last hour."""
    query = (
        db.select(Delivery.provider, DeliveryAttempt.wire_at, DeliveryAttempt.ended_at)
        .join(Delivery, Delivery.id == DeliveryAttempt.delivery_id)
        .where(
            DeliveryAttempt.started_at > now - WINDOW,
            DeliveryAttempt.wire_at.is_not(None),
            DeliveryAttempt.ended_at.is_not(None),
            DeliveryAttempt.code != doubts.CODE,  # no call, but one that the old database may have
        )
        .order_by(DeliveryAttempt.started_at.desc())
        .limit(SAMPLE)
    )
    took = defaultdict(list)
    for provider, wire_at, ended_at in db.session.execute(query):
        took[provider].append((ended_at - wire_at).total_seconds())
    return {provider: _quantiles(sorted(all_)) for provider, all_ in took.items()}


def _quantiles(ordered: list[float]) -> dict[float, float]:
    """The nearest rank: with few tries the highest one stands for all above it."""
    return {part: ordered[math.ceil(part * len(ordered)) - 1] for part in QUANTILES}
