"""All that is to be seen at one moment: the portal's tables, the far side's cards, the target."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.judge import KEY
from tests.world import World

# ticket, revision, position
Place = tuple[int, int, int]
_TABLES = {
    "tickets": "SELECT * FROM ticket ORDER BY id",
    "steps": "SELECT * FROM ticket_step ORDER BY id",
    "approvals": "SELECT * FROM approval WHERE step_id IS NOT NULL ORDER BY id",
    "deliveries": "SELECT * FROM delivery ORDER BY id",
    "runs": "SELECT * FROM execution_run ORDER BY id",
    "providers": "SELECT * FROM provider_setting ORDER BY provider",
    "records": "SELECT r.id, r.action, r.subject, r.details, m.username AS actor"
    " FROM operation_record r LEFT JOIN member m ON m.id = r.actor_id"
    " WHERE r.subject LIKE 'ticket:%' ORDER BY r.id",
}


@dataclass(frozen=True)
class Card:
    """A card over there. outcome: open, approved, rejected or withdrawn."""

    id: str
    provider: str
    key: str
    place: Place
    outcome: str


@dataclass
class Picture:
    """Rows as dictionaries, but for what is looked for often."""

    tickets: dict[int, dict]
    steps: dict[int, dict]
    approvals: list[dict]
    deliveries: list[dict]
    runs: list[dict]
    providers: dict[str, dict]
    records: dict[int, list[dict]]
    im_execute: bool
    cards: list[Card] = field(default_factory=list)
    ran: Counter = field(default_factory=Counter)

    def place(self, step_id: int) -> Place:
        step = self.steps[step_id]
        return step["ticket_id"], step["revision"], step["position"]

    def of_approval(self, approval_id: int, *actions: str) -> list[dict]:
        """Its deliveries."""
        return [
            one
            for one in self.deliveries
            if one["approval_id"] == approval_id and (not actions or one["action"] in actions)
        ]


def take(world: World, target: Path, with_cards: bool = True) -> Picture:
    """Look at everything, without the portal's help."""
    with closing(sqlite3.connect(world.database_file, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("BEGIN")
        rows = {
            name: [dict(row) for row in connection.execute(sql)] for name, sql in _TABLES.items()
        }
        (im_execute,) = connection.execute(
            "SELECT im_execute FROM project WHERE name = 'pay'"
        ).fetchone()
    numbers = {one["number"]: one["id"] for one in rows["tickets"]}
    records = defaultdict(list)
    for one in rows["records"]:
        one["details"] = json.loads(one["details"])
        records[numbers[int(one["subject"].rpartition("/")[2])]].append(one)
    return Picture(
        tickets={one["id"]: one for one in rows["tickets"]},
        steps={one["id"]: one for one in rows["steps"]},
        approvals=rows["approvals"],
        deliveries=rows["deliveries"],
        runs=rows["runs"],
        providers={one["provider"]: one for one in rows["providers"]},
        records=records,
        im_execute=bool(im_execute),
        cards=_cards(world) if with_cards else [],
        ran=_ran(target),
    )


def _cards(world: World) -> list[Card]:
    found = []
    for card in world.sandbox.cards():
        key = card["form"]["审批编号"]
        place = tuple(map(int, KEY.fullmatch(key).group("ticket", "revision", "step")))
        platform = next(one for one in world.platforms if one.name == card["provider"])
        outcome = "withdrawn" if card["is_deleted"] else platform.outcome(card)
        found.append(Card(card["id"], card["provider"], key, place, outcome))
    return found


def _ran(target: Path) -> Counter:
    with closing(sqlite3.connect(target)) as connection:
        return Counter(number for (number,) in connection.execute("SELECT number FROM done"))
