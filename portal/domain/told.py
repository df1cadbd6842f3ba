"""Who is told: each edge of a ticket, and how its creator and its assignees learn of it.

Calls are counted, so that nothing is said twice: a new card, a task that was finished with its
remark and a card that was withdrawn with its reason tell people by themselves. Only what none
of them tells is a comment, on the ticket's last card over there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from portal.domain.sent_cards import SentCards
from portal.models import (
    Approval,
    ApprovalState,
    Delivery,
    DeliveryAction,
    DeliveryState,
    StepState,
    Ticket,
    TicketStatus,
)


class Edge(StrEnum):
    """What happens to a ticket. Each value is a stable code, kept in a comment's payload."""

    SUBMITTED = "submitted"
    STEP_AGREED = "step_agreed"
    REFUSED = "refused"
    SCHEDULED = "scheduled"
    UNSCHEDULED = "unscheduled"
    RETURNED = "returned"  # back to 待上线 by nobody's doing: not confirmed, or never begun
    FINISHED = "finished"
    MARKED_EXECUTED = "marked_executed"
    FAILED = "failed"
    CLOSED = "closed"


class Way(StrEnum):
    """By what people learn of it."""

    NEW_CARD = "new_card"
    FINISHED_TASK = "finished_task"  # the card that ended, with its remark
    WITHDRAWAL = "withdrawal"  # the card that was withdrawn, with its reason
    COMMENT = "comment"  # one, where nothing of the above tells it
    LISTS = "lists"  # 待我处理, 我提交的, and the ticket's own page


@dataclass(frozen=True)
class Told:
    """How an edge is told. ended: the state in which it leaves the step whose cards it ends."""

    ways: tuple[Way, ...]
    ended: StepState | None = None


TOLD: dict[Edge, Told] = {
    Edge.SUBMITTED: Told((Way.NEW_CARD, Way.LISTS)),
    Edge.STEP_AGREED: Told(
        (Way.FINISHED_TASK, Way.WITHDRAWAL, Way.NEW_CARD, Way.LISTS), StepState.APPROVED
    ),
    Edge.REFUSED: Told(
        (Way.FINISHED_TASK, Way.WITHDRAWAL, Way.COMMENT, Way.LISTS), StepState.REJECTED
    ),
    Edge.SCHEDULED: Told((Way.LISTS,)),
    Edge.UNSCHEDULED: Told((Way.LISTS,)),
    Edge.RETURNED: Told((Way.COMMENT, Way.LISTS)),
    Edge.FINISHED: Told((Way.COMMENT, Way.LISTS)),
    Edge.MARKED_EXECUTED: Told((Way.WITHDRAWAL, Way.COMMENT, Way.LISTS), StepState.EXECUTED),
    Edge.FAILED: Told((Way.COMMENT, Way.LISTS)),
    Edge.CLOSED: Told((Way.WITHDRAWAL, Way.COMMENT, Way.LISTS), StepState.SKIPPED),
}

# By which edges a ticket may have come into a state that ends a revision.
ENDS: dict[TicketStatus, tuple[Edge, ...]] = {
    TicketStatus.REJECTED: (Edge.REFUSED,),
    TicketStatus.FINISHED: (Edge.FINISHED, Edge.MARKED_EXECUTED),
    TicketStatus.EXEC_FAILED: (Edge.FAILED,),
    TicketStatus.CANCELED: (Edge.CLOSED,),
}
_ENDED_THERE = (ApprovalState.APPROVED, ApprovalState.REJECTED, ApprovalState.WITHDRAWN)
_NOT_MADE = (DeliveryState.FAILED, DeliveryState.VOID)


def by_its_own_card(edge: Edge, ticket: Ticket, provider: str, sent: SentCards) -> bool:
    """Whether on this platform a card that the edge ended has told it, or is about to."""
    return any(
        _tells(TOLD[edge], card, deliveries)
        for card, deliveries in sent.of(provider).items()
        if card.step.revision == ticket.revision and card.step.state == TOLD[edge].ended
    )


def _tells(told: Told, card: Approval, deliveries: list[Delivery]) -> bool:
    made = {one.action for one in deliveries if one.state not in _NOT_MADE}
    if Way.FINISHED_TASK in told.ways and (
        card.state in _ENDED_THERE or DeliveryAction.DECIDE in made
    ):
        return True
    return Way.WITHDRAWAL in told.ways and DeliveryAction.WITHDRAW in made
