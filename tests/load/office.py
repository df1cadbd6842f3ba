"""A company at work: tickets are filed, cards are tapped, the portal's jobs tick when they are due.

Event by event: the clock jumps to whatever comes next, the portal's due times included.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from portal import jobs
from portal.domain import approvals, ledger, tickets
from portal.domain.errors import RuleError
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    AppHealth,
    Approval,
    ApprovalState,
    Delivery,
    DeliveryState,
    Ticket,
    TicketStatus,
    TicketStep,
)
from tests.load import office_hours
from tests.load.clock import SimulatedTime
from tests.world import World

STEPS = (("lead", "owner"), ("dba", "senior"), ("owner",))
TICKETS_A_DAY = 15
# Three steps of at most six working hours: a ticket is open for two working days at most.
LONGEST_STEP = timedelta(hours=6)
LONGEST_RUN = timedelta(hours=1)
SWEEP = timedelta(seconds=60)
# Sending ticks once a second.
A_TICK = timedelta(seconds=1)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Office:
    """taps: when each card was tapped, by its approval's id."""

    def __init__(self, world: World, time: SimulatedTime, seed: int = 1):
        self.world, self.time = world, time
        self.taps: dict[int, datetime] = {}
        self.filed: list[int] = []
        self._draw = random.Random(seed)
        self._plans: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._known: set[int] = set()
        self._to_run: set[int] = set()
        self._swept_at = NEVER
        self._idle_until = time.now()

    def plan(self, moment: datetime, act: Callable[[], None]) -> None:
        """Something happens then."""
        heapq.heappush(self._plans, (moment, next(self._order), act))

    def plan_filing(
        self, begins: datetime, ends: datetime, tickets_a_day: int = TICKETS_A_DAY
    ) -> None:
        """So many tickets a working day, at random moments of it."""
        for day in office_hours.working_days(begins, ends):
            for _number in range(tickets_a_day):
                hour = 9 + 9 * self._draw.random()
                moment = office_hours.at(day, hour)
                if begins <= moment < ends:
                    self.plan(moment, lambda: self.filed.append(self.world.file()))

    def run(self, until: datetime) -> None:
        """Everything that happens up to then."""
        while True:
            planned = self._plans[0][0] if self._plans else until
            duties = self._duties()
            moment = min(planned, *duties)
            if moment >= until:
                break
            self.time.move_to(moment + A_TICK)
            while self._plans and self._plans[0][0] <= self.time.now():
                heapq.heappop(self._plans)[2]()
            self._tick(duties)
        self.time.move_to(until)

    def retry_failed(self) -> None:
        """What an admin does when the trouble is over: 重试, on every row; some say why not."""
        with self.world.rules():
            rows = db.session.scalars(
                db.select(Delivery).filter_by(state=DeliveryState.FAILED)
            ).all()
            for row in rows:
                with suppress(RuleError), db.session.begin_nested():
                    ledger.retry(row, self.world.member("boss"))

    def open_tickets(self) -> int:
        """How many are not finished."""
        with self.world.app.app_context():
            db.session().read_only()
            count = db.select(db.func.count(Ticket.id))
            return db.session.scalar(count.where(Ticket.status != TicketStatus.FINISHED))

    def _duties(self) -> tuple[datetime, datetime]:
        """When a tick that sends, and a sweep, would find something to do."""
        with self.world.app.app_context():
            db.session().read_only()
            now = database_now(db.session)
            waiting = Delivery.state.in_((DeliveryState.QUEUED, DeliveryState.SENDING))
            send = db.session.scalar(db.select(db.func.min(Delivery.due_at)).where(waiting))
            ask = db.session.scalar(db.select(db.func.min(Approval.next_poll_at)))
            paused = db.session.scalar(db.select(db.func.max(AppHealth.paused_until)))
        least = max(now, paused) if paused else now
        sweep = _next_sweep(max(ask, least)) if ask else NEVER
        send = max(send, self._idle_until) if send else None
        if self._swept_at == sweep:
            sweep += SWEEP
        return max(send, least) if send else NEVER, sweep

    def _tick(self, duties: tuple[datetime, datetime]) -> None:
        now = self.time.now()
        send, sweep = duties
        with self.world.app.app_context():
            if sweep <= now:
                self._swept_at = sweep
                jobs.sweep_one(self.world.platform.name)
            if sweep <= now or send <= now:
                is_idle = jobs.deliver() == 0
                # What is due may have to wait for another row all the same.
                self._idle_until = self.time.now() + SWEEP * is_idle
        self._plan_taps()
        self._plan_runs()

    def _plan_taps(self) -> None:
        """Whoever has a new card on the phone taps it some time later."""
        with self.world.app.app_context():
            db.session().read_only()
            pending = db.session.execute(
                db.select(Approval.id, Approval.external_id, TicketStep.position)
                .join(TicketStep, TicketStep.id == Approval.step_id)
                .where(Approval.state == ApprovalState.PENDING)
            ).all()
        for approval_id, card, position in pending:
            if approval_id in self._known:
                continue
            self._known.add(approval_id)
            delay = LONGEST_STEP * self._draw.random()
            self.plan(
                office_hours.later(self.time.now(), delay),
                partial(self._tap, approval_id, card, f"ding-{STEPS[position - 1][0]}"),
            )
            # Whoever waits for it looks at its page, once a card.
            viewed = office_hours.later(self.time.now(), LONGEST_STEP * self._draw.random())
            self.plan(viewed, partial(self._view, approval_id))

    def _tap(self, approval_id: int, card: str, person: str) -> None:
        self.taps[approval_id] = self.time.now()
        self.world.sandbox.press(card, "agree", person)

    def _view(self, approval_id: int) -> None:
        with self.world.app.app_context():
            db.session().read_only()  # as the page does
            approvals.poll_soon([db.session.get_one(Approval, approval_id)])

    def _plan_runs(self) -> None:
        """Whoever runs the SQL by hand says so on the page: the card's people are told."""
        with self.world.app.app_context():
            db.session().read_only()
            ready = db.session.scalars(
                db.select(Ticket.id).filter_by(status=TicketStatus.WAIT_FOR_EXECUTION)
            ).all()
        for ticket_id in set(ready) - self._to_run:
            self._to_run.add(ticket_id)
            delay = LONGEST_RUN * self._draw.random()
            moment = office_hours.later(self.time.now(), delay)
            self.plan(moment, partial(self._run_by_hand, ticket_id))

    def _run_by_hand(self, ticket_id: int) -> None:
        with self.world.ticket(ticket_id) as ticket:
            tickets.mark_executed(ticket, self.world.member("operator"))


def _next_sweep(moment: datetime) -> datetime:
    """The sweep ticks once a minute."""
    past = moment.replace(second=0, microsecond=0)
    return past if past == moment or past.year == NEVER.year else past + SWEEP
