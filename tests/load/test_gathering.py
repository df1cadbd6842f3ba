"""What gathering problem SQL adds to the filing of a ticket of 1,000 statements with findings.

    .venv/bin/python -m pytest tests/load/test_gathering.py -s

Seconds are the processor's, of this thread; audit and database together, the quickest turn counts.
"""

from __future__ import annotations

import sys
import time

import pytest

from portal.domain import gathering, tickets
from portal.extensions import db
from portal.models import DataSource
from tests.world import World

pytestmark = pytest.mark.load

STATEMENTS, TURNS = 1000, 3
SQL = ";\n".join(
    f"UPDATE order_items_{n} SET state = {n}, note = 'x' WHERE price > {n} OR id IN (1, {n})"
    if n % 2
    else f"SELECT * FROM orders o JOIN users_{n} u ON u.id = o.user_id ORDER BY o.note"
    for n in range(STATEMENTS)
)


def seconds(world: World, name: str) -> float:
    with world.rules():
        source = db.session.scalars(db.select(DataSource)).first()
        draft = tickets.NewTicket("压测", "", name, [tickets.TaskDraft(source, "", SQL)])
        begun = time.thread_time()
        tickets.submit(source.project, world.member("creator"), draft)
        db.session.flush()
        return time.thread_time() - begun


def test_gathering_adds_little_to_filing(app, password_hash, figures, monkeypatch):
    world = World(app, None)
    world.settle_in(password_hash)
    own = [seconds(world, f"own-{turn}") for turn in range(TURNS)]
    monkeypatch.setattr(gathering, "from_ticket", lambda *_facts: None)
    monkeypatch.setattr(sys.modules["portal.sqlaudit.audit"], "fingerprint", lambda *_facts: "")
    bare = [seconds(world, f"bare-{turn}") for turn in range(TURNS)]
    ratio = min(own) / min(bare)
    figures.say(
        f"filing {STATEMENTS} statements with findings",
        f"{min(own):.2f} s",
        f"{min(bare):.2f} s without gathering them: {ratio:.2f}",
    )
    assert ratio <= figures.goal("gathering_ratio_to_filing")
