"""What people do in the portal, and whether they may: the model says so before each act."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import count

from portal.domain import (
    approvals,
    integrations,
    ledger,
    projects,
    running,
    schedules,
    settings,
    tickets,
)
from portal.domain.errors import RuleError
from portal.domain.projects import ProjectDraft
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import Delivery, Project, Ticket, TicketStep
from tests.faults.model.arena import SECOND_APP, Arena
from tests.faults.model.walk import AUDIT, OPEN, REJECTED, SCHEDULED, WAITING, Walk
from tests.world import PEOPLE

SQL = "INSERT INTO done (number) VALUES ({})"


class Acts:
    """taken: (ticket, action) → how often the portal said yes. numbers: see checks.runs_are_true.

    taps: (place, provider, button, person) → how often it was pressed over there.
    """

    def __init__(self, arena: Arena, people):
        self.arena, self.world, self.people = arena, arena.world, people
        self.taken: Counter = Counter()
        self.taps: Counter = Counter()
        self.numbers: dict[int, int] = {}
        self.apps = {one.name: 0 for one in self.world.platforms}
        self._count = count(1)

    def walk(self, id: int) -> Walk:
        """Where this ticket is now."""
        return Walk(self.people).go(self.arena.look(with_cards=False).records[id])

    def file(self) -> int:
        number = next(self._count)
        id = self.world.file(SQL.format(number))
        self.numbers[number] = id
        self.taken[id, "ticket_submitted"] += 1
        return id

    def decide(self, id: int, who: str, agreed: bool, back: int = 0) -> None:
        """back: how many steps before the open one the page showed that was left open."""
        walk = self.walk(id)
        places = sorted(place for place in walk.steps if place[0] == walk.revision)
        asked = [place for place in places if walk.steps[place] != "waiting"] or places
        place = asked[max(len(asked) - 1 - back, 0)]
        kind_is_execute = place[1] == len(self.people)
        is_theirs = who in self.people[place[1] - 1] and not (kind_is_execute and agreed)
        is_open = walk.steps[place] == "open"

        def act() -> bool:
            step = db.session.scalars(
                db.select(TicketStep).filter_by(
                    ticket_id=id, revision=place[0], position=place[1]
                )
            ).one()
            return tickets.decide(step, self.world.member(who), agreed, f"{who}说")

        action = "step_approved" if agreed else "step_rejected"
        self._try(act, id, action, None if not is_theirs else is_open)

    def close(self, id: int, who: str) -> None:
        may = who in {"creator", "boss"} and self.walk(id).status in {*OPEN, REJECTED}
        self._on_ticket(id, "ticket_closed", may, tickets.close, who, "不做了")

    def resubmit(self, id: int, who: str) -> None:
        may = who in {"creator", "boss"} and self.walk(id).status == REJECTED
        number = next(self._count)
        self._on_ticket(
            id, "ticket_resubmitted", may, tickets.resubmit, who, "再来", "", [SQL.format(number)]
        )
        if may:
            self.numbers[number] = id

    def execute(self, id: int, who: str) -> None:
        may = who == "operator" and self.walk(id).status == WAITING
        self._on_ticket(id, "run_started", may, running.execute, who)

    def mark_executed(self, id: int, who: str) -> None:
        may = who in {"operator", "boss"} and self.walk(id).status in {WAITING, SCHEDULED}
        self._on_ticket(id, "ticket_marked_executed", may, tickets.mark_executed, who)

    def schedule(self, id: int, who: str, seconds: float) -> None:
        may = who == "operator" and self.walk(id).status == WAITING

        def act(ticket: Ticket, member) -> None:
            at = database_now(db.session) + timedelta(seconds=seconds)
            schedules.schedule(ticket, member, at)

        self._on_ticket(id, "ticket_scheduled", may, act, who)

    def unschedule(self, id: int, who: str) -> None:
        may = who in {"operator", "boss"} and self.walk(id).status == SCHEDULED
        self._on_ticket(id, "ticket_unscheduled", may, schedules.unschedule, who)

    def resend(self, id: int, provider: str) -> None:
        """Whether it may is the cards' business: checks.py sees what comes of it."""
        if self.walk(id).status in {AUDIT, WAITING}:
            self._leniently(
                lambda: approvals.resend(
                    db.session.get_one(Ticket, id), self.world.member("creator"), provider
                )
            )

    def retry(self, which: int) -> None:
        """重试 on one of the failed deliveries."""

        def act() -> None:
            failed = db.session.scalars(
                db.select(Delivery).filter_by(state="failed").order_by(Delivery.id)
            ).all()
            if failed:
                ledger.retry(failed[which % len(failed)], self.world.member("boss"))

        self._leniently(act)

    def switch(self, provider: str, enabled: bool) -> None:
        self._save(provider, enabled=enabled)

    def change_app(self, provider: str) -> None:
        """From the first app to the second, or back."""
        self.apps[provider] = 1 - self.apps[provider]
        self._save(provider)

    def _save(self, provider: str, enabled: bool | None = None) -> None:
        """What the boss does on the platform's card."""
        platform = next(one for one in self.world.platforms if one.name == provider)
        first = (platform.app_key, platform.app_secret)
        app_key, secret = (first, SECOND_APP[provider])[self.apps[provider]]
        with self.world.rules():
            if enabled is None:
                enabled = settings.provider_setting(provider).is_enabled
            boss = self.world.member("boss")
            integrations.save_provider(provider, enabled, app_key, secret, None, boss)

    def allow_im(self, allowed: bool) -> None:
        """允许在 IM 中上线."""
        with self.world.rules():
            project = db.session.scalars(db.select(Project).filter_by(name="pay")).one()
            draft = ProjectDraft("支付系统", [name for name, *_ in PEOPLE], im_execute=allowed)
            projects.change(project, draft, self.world.member("boss"))

    def tap(self, card, button: str, who: str) -> None:
        """A thumb over there; the platform refuses what is not theirs, or over."""
        answer = self.world.sandbox.session().post(
            f"{self.world.sandbox.base}/control/cards/{card.id}/{button}",
            json={"userid": f"ding-{who}", "remark": f"{who}按"},
            timeout=10,
        )
        assert answer.status_code < 500, answer.text
        if answer.ok:
            self.taps[card.place, card.provider, button, who] += 1

    def _on_ticket(self, id: int, action: str, may: bool, verb, who: str, *arguments) -> None:
        def act() -> bool:
            verb(db.session.get_one(Ticket, id), self.world.member(who), *arguments)
            return True

        self._try(act, id, action, True if may else None)

    def _try(self, act, id: int, action: str, expected: bool | None) -> None:
        """expected: taken, too late, or (None) refused with a sentence."""
        try:
            with self.world.rules():
                answer = act()
        except RuleError:
            answer = None
        assert answer is expected, f"{action} on {id}: {answer} instead of {expected}"
        if answer:
            self.taken[id, action] += 1

    def _leniently(self, act) -> None:
        try:
            with self.world.rules():
                act()
        except RuleError:
            pass
