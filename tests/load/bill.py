"""What a month has cost: the sandbox's own log is the judge."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from portal.extensions import db
from portal.models import Approval, TicketStep
from tests.load.office import Office

# (method, end of the path) → kind, of the calls that the organisation's quota counts.
KINDS = {
    ("POST", "/workflow/processInstances"): "start",
    ("GET", "/workflow/processInstances"): "detail",
    ("POST", "/instanceIds/query"): "list",
    ("POST", "/comments"): "comment",
    ("POST", "/terminate"): "withdraw",
    ("POST", "/execute"): "decide",
}


def kind_of(call: dict) -> str:
    for (method, end), kind in KINDS.items():
        if call["method"] == method and call["path"].endswith(end):
            return kind
    return "template"


def workflow_calls(office: Office) -> list[dict]:
    """Every call of a counted kind that has left, whatever became of it: counted or not."""
    return office.world.sandbox.calls("workflow/")


@dataclass(frozen=True)
class Bill:
    """tickets filed, calls by kind, minutes from a tap to the ticket, the predecessor's calls."""

    tickets: int
    calls: Counter[str]
    minutes: list[float]
    predecessor: int

    @property
    def total(self) -> int:
        return self.calls.total()

    @property
    def worst(self) -> float:
        return max(self.minutes)

    @property
    def p50(self) -> float:
        return statistics.median(self.minutes)

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.minutes, n=100, method="inclusive")[94]


def bill(office: Office) -> Bill:
    """Of all that has happened in this office."""
    minutes, open_minutes = [], 0
    for approval_id, started, decided in _cards(office):
        tapped = office.taps.get(approval_id)
        if tapped is None or decided is None:
            continue
        minutes.append((decided - tapped).total_seconds() / 60)
        open_minutes += math.ceil((tapped - started).total_seconds() / 60)
    calls = Counter(kind_of(one) for one in workflow_calls(office))
    # It fetched a token and the detail of every open card each minute, and started each once.
    predecessor = open_minutes + calls["start"]
    return Bill(len(office.filed), calls, minutes, predecessor)


def _cards(office: Office) -> list[tuple[int, datetime, datetime | None]]:
    with office.world.app.app_context():
        db.session().read_only()
        return db.session.execute(
            db.select(Approval.id, Approval.started_at, TicketStep.decided_at)
            .join(TicketStep, TicketStep.id == Approval.step_id)
            .where(Approval.started_at.is_not(None))
        ).all()


def at(call: dict) -> datetime:
    return datetime.fromtimestamp(call["at"] / 1000, UTC)
