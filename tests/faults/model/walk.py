"""The model: where a ticket must be, by its operation records alone, and which it may have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

AUDIT, WAITING, SCHEDULED = "wait_for_audit", "wait_for_execution", "exec_scheduled"
EXECUTING, FINISHED, FAILED = "executing", "finished", "exec_failed"
REJECTED, CANCELED = "rejected", "canceled"
OPEN = (AUDIT, WAITING, SCHEDULED)

# DESIGN §4: action → (the states it may happen in, what the ticket is then, None: see _MOVES).
TABLE: dict[str, tuple[tuple[str, ...], str | None]] = {
    "ticket_submitted": (("",), None),
    "ticket_resubmitted": ((REJECTED,), None),
    "step_approved": ((AUDIT,), None),
    "step_rejected": (OPEN, REJECTED),
    "ticket_closed": ((*OPEN, REJECTED), CANCELED),
    "ticket_marked_executed": ((WAITING, SCHEDULED), FINISHED),
    "ticket_scheduled": ((WAITING,), SCHEDULED),
    "ticket_unscheduled": ((SCHEDULED,), WAITING),
    "schedule_lapsed": ((SCHEDULED,), WAITING),
    "run_started": ((WAITING, SCHEDULED), EXECUTING),
    "run_returned": ((EXECUTING,), WAITING),
    "run_finished": ((EXECUTING,), FINISHED),
    "run_failed": ((EXECUTING,), FAILED),
}
CREATORS, OPERATORS = ("creator", "boss"), ("operator",)
# Who may; nobody's name (None) is the clock, or a card that was withdrawn over there.
ACTORS: dict[str, tuple[str | None, ...]] = {
    "ticket_submitted": ("creator",),
    "ticket_resubmitted": CREATORS,
    "ticket_closed": CREATORS,
    "ticket_marked_executed": (*OPERATORS, "boss"),
    "ticket_scheduled": OPERATORS,
    "ticket_unscheduled": (*OPERATORS, "boss"),
    "schedule_lapsed": (None,),
    "run_started": OPERATORS,
    "run_returned": (None,),
    "run_finished": (None,),
    "run_failed": (None,),
}


@dataclass
class Walk:
    """One ticket's way. people: who decides each step, the last one being the execute step."""

    people: Sequence[Sequence[str]]
    status: str = ""
    revision: int = 0
    position: int = 0
    steps: dict[tuple[int, int], str] = field(default_factory=dict)

    def go(self, records: Sequence[dict]) -> Walk:
        """All of them, in their order; what is no transition is passed by."""
        for record in records:
            if record["action"] in TABLE:
                self._step(record["action"], record["actor"], record["details"])
        return self

    def _step(self, action: str, actor: str | None, details: dict) -> None:
        allowed, status = TABLE[action]
        here = f"{action} by {actor} at {self.status} R{self.revision} S{self.position}"
        assert self.status in allowed, f"{here}: not allowed"
        if action.startswith("step_"):
            asked = (details["revision"], details["position"])
            assert asked == (self.revision, self.position), f"{here}: about {asked}"
            assert self._may_decide(action, actor), f"{here}: not theirs"
        else:
            assert actor in ACTORS[action], f"{here}: not theirs"
        self.status = status or self.status
        getattr(self, f"_{action}", self._move)(action)

    def _may_decide(self, action: str, actor: str | None) -> bool:
        is_audit = self.position < len(self.people)
        if actor is None:
            return action == "step_rejected" and is_audit
        return actor in self.people[self.position - 1]

    def _move(self, action: str) -> None:
        """Whatever ends a revision, or runs it."""
        here = (self.revision, self.position)
        if self.status in {REJECTED, CANCELED} and self.position:
            self.steps[here] = "rejected" if action == "step_rejected" else "skipped"
            for place, state in self.steps.items():
                if state == "waiting":
                    self.steps[place] = "skipped"
        elif action in {"run_started", "ticket_marked_executed"}:
            self.steps[here] = "executed"
        elif action == "run_returned":
            self.position = len(self.people)
            self.steps[self.revision, self.position] = "open"
            return
        if self.status not in {WAITING, SCHEDULED}:
            self.position = 0

    def _ticket_submitted(self, _action: str) -> None:
        self.revision += 1
        self.position = 1
        self.status = AUDIT if len(self.people) > 1 else WAITING
        for position in range(1, len(self.people) + 1):
            self.steps[self.revision, position] = "open" if position == 1 else "waiting"

    _ticket_resubmitted = _ticket_submitted

    def _step_approved(self, _action: str) -> None:
        self.steps[self.revision, self.position] = "approved"
        self.position += 1
        self.steps[self.revision, self.position] = "open"
        if self.position == len(self.people):
            self.status = WAITING
