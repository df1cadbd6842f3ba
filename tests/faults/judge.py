"""The six numbers of a run (Jepsen's total queue), counted in the sandbox's own store."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from portal.domain import deliveries, tries
from portal.extensions import db
from portal.models import Approval, Delivery, DeliveryAction, DeliveryState, StepState, TicketStep
from tests.world import World

KEY = re.compile(r"P\w+-(?P<ticket>\d+)-R(?P<revision>\d+)-S(?P<step>\d+)-I\d+")


@dataclass(frozen=True)
class Numbers:
    """What became of the tickets filed.

    lost        its step is open, but no live card asks for it, or the portal watches another one
    duplicated  more than one live card asks for the same step
    unexpected  live cards that no open step asks for
    recovered   cards that took more than one try
    in_doubt    deliveries not ended, or ended without knowing what became of them
    """

    submitted: int
    lost: int
    duplicated: int
    unexpected: int
    recovered: int
    in_doubt: int

    @property
    def harm(self) -> tuple[int, int, int, int]:
        """What must be nothing: lost, duplicated, unexpected, left in doubt."""
        return self.lost, self.duplicated, self.unexpected, self.in_doubt


UNHARMED = (0, 0, 0, 0)


def judge(world: World, ticket_ids: list[int]) -> Numbers:
    """Compare the live cards over there with the open steps of these tickets."""
    live = _live_cards(world)
    with world.rules():
        open_steps = {
            (step.ticket_id, step.revision, step.position): step.id
            for step in db.session.scalars(
                db.select(TicketStep).where(
                    TicketStep.ticket_id.in_(ticket_ids), TicketStep.state == StepState.OPEN
                )
            )
        }
        watched = dict(
            db.session.execute(
                db.select(Approval.step_id, Approval.external_id).where(
                    Approval.live_key.is_not(None)
                )
            ).all()
        )
        rows = db.session.scalars(db.select(Delivery)).all()
        numbers = Numbers(
            submitted=len(ticket_ids),
            lost=sum(watched.get(step) not in live[place] for place, step in open_steps.items()),
            duplicated=sum(len(cards) > 1 for cards in live.values()),
            unexpected=sum(len(cards) for place, cards in live.items() if place not in open_steps),
            recovered=sum(_took_several(row) for row in rows),
            in_doubt=sum(_is_in_doubt(row) for row in rows),
        )
    print(numbers)
    return numbers


def _live_cards(world: World) -> defaultdict:
    live = defaultdict(list)
    for card in world.open_cards():
        if not card["is_deleted"]:
            place = KEY.fullmatch(card["form"]["审批编号"])
            live[tuple(map(int, place.group("ticket", "revision", "step")))].append(card["id"])
    return live


def _took_several(row: Delivery) -> bool:
    is_sent = row.state == DeliveryState.SENT and row.action == DeliveryAction.START
    return is_sent and row.attempts > 1


def _is_in_doubt(row: Delivery) -> bool:
    if row.state in deliveries.UNFINISHED:
        return True
    return row.state == DeliveryState.FAILED and bool(tries.doubtful_since(row))
