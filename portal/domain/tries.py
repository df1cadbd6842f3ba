"""What the tries of a delivery tell: whether one may have had an effect, and since when (R6-R8)."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app

from portal.models import Delivery

CRASHES_BEFORE_GIVING_UP = 3
# In settle times after a look that found nothing: when it is asked whether that was wrong.
TWIN_LOOKS = (2.5, 30)
# The code of a try that was put back, since an earlier one is still in doubt.
WAITING = "waiting"


def crashed_too_often(delivery: Delivery) -> bool:
    """Whether the last tries before this one all ended with their process.

    What only waited for a doubt to settle is no try: one stands between any two crashes.
    """
    tried = [one for one in delivery.tries[:-1] if one.code != WAITING]
    earlier = tried[-CRASHES_BEFORE_GIVING_UP:]
    # By ended_at alone: a look may have settled since what became of them over there.
    return [attempt.ended_at for attempt in earlier] == [None] * CRASHES_BEFORE_GIVING_UP


def doubtful_since(delivery: Delivery) -> list[datetime]:
    """When bytes of this delivery may have left without a sure answer, oldest first."""
    return [
        attempt.wire_at
        for attempt in delivery.tries
        if attempt.wire_at is not None and attempt.outcome not in {"yes", "no"}
    ]


def answered(delivery: Delivery) -> str | None:
    """The id that an earlier try was given, though its process did not live to use it (R6)."""
    ids = [one.external_id for one in delivery.tries if one.outcome == "yes" and one.external_id]
    return ids[0] if ids else None


def first_wire(delivery: Delivery) -> datetime:
    """When the first try that may have had an effect may have left."""
    return min(one.wire_at for one in delivery.tries if one.wire_at is not None)


def last_wire(delivery: Delivery) -> datetime:
    """When the last try that may have had an effect may have left."""
    return max(one.wire_at for one in delivery.tries if one.wire_at is not None)


def settles_at(delivery: Delivery) -> datetime:
    """From when on a look is to be trusted: what was sent has had its effect by then, or never.

    Counted from the end of the last doubtful try where it has one: fetching a token first may
    have put off the call itself. One that has none may be under way still, whatever the leases
    say, where the database's clock has jumped (T5): from the beginning of the next one.
    """
    began = [attempt.started_at for attempt in delivery.tries[1:]] + [None]
    ends = [
        attempt.ended_at or next_began or attempt.wire_at
        for attempt, next_began in zip(delivery.tries, began, strict=True)
        if attempt.wire_at is not None and attempt.outcome not in {"yes", "no"}
    ]
    return max(ends) + timedelta(seconds=current_app.config["SETTLE_SECONDS"])


def look_due_at(delivery: Delivery) -> datetime:
    """When the next look may be made: after settling, and not right after one that missed."""
    settled_at, looked_at = settles_at(delivery), delivery.looked_at
    if looked_at is None or looked_at < settled_at:
        return settled_at
    return looked_at + timedelta(seconds=current_app.config["LOOK_AGAIN_SECONDS"])


def missed(delivery: Delivery, now: datetime) -> bool:
    """A look found nothing; True when that is to be believed.

    A platform's list may lag by minutes (N20), so that the first such look is never believed.
    """
    is_first = delivery.looked_at is None or delivery.looked_at < settles_at(delivery)
    delivery.looked_at = now
    return not (is_first and current_app.config["LOOK_AGAIN_SECONDS"])


def next_twin_look(delivery: Delivery, now: datetime) -> datetime | None:
    """When to ask (again) whether there are two of it; None when it was asked often enough."""
    settle_seconds = current_app.config["SETTLE_SECONDS"]
    if delivery.looked_at is None:
        return None
    looks = [delivery.looked_at + timedelta(seconds=one * settle_seconds) for one in TWIN_LOOKS]
    return min((at for at in looks if at > now), default=None)


def settle(delivery: Delivery, outcome: str) -> None:
    """A look told what became of the doubtful tries: "yes" or "no"."""
    for attempt in delivery.tries:
        if attempt.wire_at is not None and attempt.outcome not in {"yes", "no"}:
            attempt.outcome = outcome
