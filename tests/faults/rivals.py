"""Hundreds of tickets on which two people act at the same moment, in the portal and over there."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy.exc import OperationalError

from portal.domain import tickets
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import Approval, OperationRecord, Ticket, TicketStep
from tests.faults.conftest import Stage
from tests.faults.processes import wait_until

# `tests/run.sh --long` runs as many interleavings as reliability.md G5 asks for.
IS_LONG = os.environ.get("PORTAL_TESTS_LONG") == "1"
ROUNDS = 500 if IS_LONG else 60
# Rivals act within a millisecond of each other, in either order; the tickets are spread out over
# so many seconds that the sweeps keep up, else the portal would hear of every tap too late.
APART = 0.001
SPREAD = ROUNDS * 0.08
LOOK_AHEAD = 0.8
HANDS = 8
PATIENT = {"HTTP_TIMEOUT": "4", "SETTLE_SECONDS": "5", "LEASE_SECONDS": "30"}
STEP_ONE = ("lead", "owner")


@dataclass
class Outcome:
    """What became of one act: whether it took effect where it was made."""

    who: str
    where: str
    what: str
    was_taken: bool


@dataclass
class Match:
    """One race on ROUNDS tickets; acts are planned first and made together."""

    stage: Stage
    dice: random.Random
    spread: float = SPREAD
    acts: list[tuple[float, int, Callable[[], Outcome]]] = field(default_factory=list)
    outcomes: dict[int, list[Outcome]] = field(default_factory=lambda: defaultdict(list))
    cards: dict[tuple[int, str], str] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def world(self):
        return self.stage.world

    def work(self, sweep_seconds: float) -> None:
        """Two job processes."""
        for _worker in range(2):
            self.stage.worker(SWEEP_SECONDS=str(sweep_seconds), **PATIENT)

    def file(self, count: int = ROUNDS) -> list[int]:
        """So many tickets, all of whose first cards are over there; nobody asks for them yet."""
        filed = self.stage.file(count)
        self.work(sweep_seconds=600)
        wait_until(self.stage.is_drained, "every ticket has its cards", 180)
        self.stage.end_workers()
        for card in self.stage.sandbox.cards():
            ticket_id = int(card["form"]["审批编号"].split("-")[1])
            self.cards[ticket_id, card["provider"]] = card["id"]
        with self.world.app.app_context():
            db.session.execute(db.text("UPDATE approval SET next_poll_at = '2099-01-01'"))
            db.session.commit()
        self.work(sweep_seconds=0.3)
        return filed

    def plan(self, ticket_id: int, *acts: Callable[[], Outcome | None]) -> None:
        """These acts at about the same moment, in either order."""
        moment = self.dice.uniform(0, self.spread)
        for act in acts:
            self.acts.append((moment + self.dice.uniform(0, APART), ticket_id, act))
        # A sweep asks for the cards at about that moment, too: sometimes it is the first to know.
        look = moment + self.dice.uniform(-LOOK_AHEAD, LOOK_AHEAD)
        self.acts.append((look, ticket_id, self.look(ticket_id)))

    def play(self) -> None:
        """Make all acts at their moments, by many hands; then let the workers come to an end."""
        start = time.monotonic() + 0.2

        def make(planned) -> None:
            moment, ticket_id, act = planned
            time.sleep(max(0.0, start + moment - time.monotonic()))
            outcome = self._patiently(act)
            if outcome is not None:
                with self._guard:
                    self.outcomes[ticket_id].append(outcome)

        with ThreadPoolExecutor(HANDS) as hands:
            list(hands.map(make, sorted(self.acts, key=lambda planned: planned[0])))

    def _patiently(self, act):
        """A busy database answers 503, having done nothing: people press once more."""
        for _press in range(5):
            try:
                return act()
            except OperationalError as error:
                busy = error
                with self.world.app.app_context():
                    db.session.remove()
        raise busy

    def settle(self, is_over: Callable[[], bool]) -> None:
        """Until nothing is left to be sent, and what must have happened has."""

        def done() -> bool:
            time.sleep(0.5)
            self.stage.hurry()
            return self.stage.is_drained() and is_over()

        self.look_at_all()
        wait_until(done, "the race has come to its end", 180)

    def look_at_all(self) -> None:
        """Every card is asked for once more."""
        with self.world.app.app_context():
            db.session.execute(db.text("UPDATE approval SET next_poll_at = '2020-01-01'"))
            db.session.commit()

    # Acts

    def look(self, ticket_id: int):
        """The next sweep asks for this ticket's cards."""

        def act() -> None:
            steps = db.select(TicketStep.id).filter_by(ticket_id=ticket_id)
            with self.world.app.app_context():
                db.session.execute(
                    db.update(Approval)
                    .where(Approval.step_id.in_(steps), Approval.next_poll_at.is_not(None))
                    .values(next_poll_at=database_now(db.session))
                )
                db.session.commit()

        return act

    def tap(self, ticket_id: int, provider: str, button: str, username: str):
        """A thumb on a phone; refused where the card has ended by then."""

        def act() -> Outcome:
            card = self.cards[ticket_id, provider]
            answer = self.stage.sandbox.session().post(
                f"{self.stage.sandbox.base}/control/cards/{card}/{button}",
                json={"userid": f"ding-{username}", "remark": username},
                timeout=30,
            )
            assert answer.status_code in {200, 409}, answer.text
            return Outcome(username, provider, button, answer.status_code == 200)

        return act

    def decide(self, ticket_id: int, username: str, agreed: bool):
        """A decision in the portal."""

        def act() -> Outcome:
            what = "agree" if agreed else "refuse"
            with self.world.rules():
                ticket = db.session.get_one(Ticket, ticket_id)
                step = self.world.step(ticket, 1)
                taken = tickets.decide(step, self.world.member(username), agreed, username)
            return Outcome(username, "portal", what, taken)

        return act

    def close(self, ticket_id: int):
        """The creator closes the ticket."""

        def act() -> Outcome:
            try:
                with self.world.rules():
                    ticket = db.session.get_one(Ticket, ticket_id)
                    tickets.close(ticket, self.world.member("creator"), "不做了")
                return Outcome("creator", "portal", "close", True)
            except RuleError:
                with self.world.app.app_context():
                    db.session.rollback()
                    db.session.remove()
                return Outcome("creator", "portal", "close", False)

        return act


@dataclass(frozen=True)
class End:
    """How one ticket ended, by the portal's tables and the far side's store."""

    status: str
    step: str
    decided_by: str | None
    via: str
    late: list[tuple[str | None, str, bool]]
    open_cards: int


def ends(match: Match, ticket_ids: list[int]) -> dict[int, End]:
    """Ticket → how it ended."""
    open_cards = Counter(
        int(card["form"]["审批编号"].split("-")[1]) for card in match.world.open_cards()
    )
    with match.world.rules():
        late = defaultdict(list)
        rows = db.session.scalars(db.select(OperationRecord).filter_by(action="decision_late"))
        for row in rows:
            number = int(row.subject.rpartition("/")[2])
            who = row.actor.username if row.actor else None
            late[number].append((who, row.details["via"], row.details["agreed"]))
        found = {}
        for ticket_id in ticket_ids:
            ticket = db.session.get_one(Ticket, ticket_id)
            step = match.world.step(ticket, 1)
            found[ticket_id] = End(
                status=ticket.status.value,
                step=step.state.value,
                decided_by=step.decided_by.username if step.decided_by else None,
                via=step.decided_via or "",
                late=late[ticket.number],
                open_cards=open_cards[ticket_id],
            )
        return found
