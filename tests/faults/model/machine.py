"""The machine: Hypothesis draws acts of people, of the clock and of the far side.

Few rules with weighted choices in them: Hypothesis switches some rules off in every run, and a
run without, say, any delivery would find nothing.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.faults.model import checks
from tests.faults.model.acts import Acts
from tests.faults.model.arena import JOBS, Arena
from tests.faults.model.moments import Moments, die
from tests.faults.model.picture import Card, Picture
from tests.faults.model.walk import AUDIT, REJECTED, SCHEDULED, WAITING
from tests.platforms import PLATFORMS
from tests.world import TWO_STEPS

PROVIDERS = sorted(PLATFORMS)
MOST_TICKETS = 3
WHICH = st.integers(0, MOST_TICKETS - 1)
HOW = st.integers(0, 3)
MOMENT = st.integers(0, 24)
CALLS = ("start", "start", "look", "withdraw", "comment", "people", "token", "")
FAULTS = (
    {"kind": "lost_before"},
    {"kind": "lost_after"},
    {"kind": "status", "status": 500},
    {"kind": "status_after", "status": 500},
    {"kind": "status", "status": 403},
    {"kind": "qps"},
    {"kind": "token"},
)
# Short of a lease, a settled doubt, the longest wait of a retry, trust in people's accounts; and
# a clock that was set back.
PASSES = (0.5, 2.0, 16.0, 40.0, 1000.0, 3700.0, -60.0, -3600.0)
# What people do to a ticket, the likely thing first.
IN_TIME = ("go on", "go on", "go on", "go on", "refuse", "agree", "execute", "resubmit", "close",
           "mark", "schedule soon", "schedule late", "unschedule", "resend dingtalk",
           "resend feishu", "retry")  # fmt: skip
# What takes a ticket one step further.
GOES_ON = {AUDIT: "agree", WAITING: "execute", SCHEDULED: "unschedule", REJECTED: "resubmit"}
ALL_JOBS = ("deliver", "sweep all", "deliver", "run")
ROUNDS = 20


class Machine(RuleBasedStateMachine):
    """arena, seen: set by the test; see test_model.py. seen: how much of everything there was."""

    arena: Arena
    seen: Counter

    @initialize(steps=st.integers(1, 2), alone=st.sampled_from([None, *PROVIDERS]))
    def begin(self, steps, alone):
        """One audit step or two; one platform or both."""
        self.people = (*TWO_STEPS[:steps], ("operator",))
        self.arena.reset(steps, [name for name in PROVIDERS if alone in {None, name}])
        self.acts = Acts(self.arena, self.people)
        self.tickets = [self.acts.file()]
        self.check()

    # People

    @precondition(lambda self: len(self.tickets) < MOST_TICKETS)
    @rule()
    def file(self):
        self.tickets.append(self.acts.file())
        self.check()

    @rule(which=WHICH, what=st.sampled_from(IN_TIME), how=HOW)
    def act(self, which, what, how):
        """Somebody who may, on the page."""
        self._act(self._ticket(which), what, how)
        self.check()

    @rule(which=WHICH, what=st.sampled_from(["agree", "refuse"]), how=HOW, back=st.integers(0, 2))
    def act_on_an_old_page(self, which, what, how, back):
        """By somebody else, or about a step that was decided since the page was opened."""
        who = ("lead", "dba", "operator", "boss")[how]
        self.acts.decide(self._ticket(which), who, what == "agree", back)
        self.check()

    @rule(which=WHICH, what=st.sampled_from(["close", "execute", "unschedule"]))
    def act_without_the_right(self, which, what):
        id = self._ticket(which)
        {
            "close": lambda: self.acts.close(id, "lead"),
            "execute": lambda: self.acts.execute(id, "boss"),
            "unschedule": lambda: self.acts.unschedule(id, "creator"),
        }[what]()
        self.check()

    @rule(button=st.sampled_from(["agree", "agree", "agree", "refuse", "withdraw", "comment"]),
          which=HOW, how=HOW)  # fmt: skip
    def tap(self, button, which, how):
        """A thumb over there, mostly on a card that waits."""
        cards = self.arena.look().cards
        waiting = [card for card in cards if card.outcome == "open"]
        chosen = (waiting if how or not cards else cards) or cards
        if chosen:
            self._tap(chosen[which % len(chosen)], button, how)
            self.check()

    @rule(what=st.sampled_from(["off", "on", "im off", "im on", "app"]), which=HOW)
    def switch(self, what, which):
        """What admins and managers switch."""
        self._switch(what, which)
        self.check()

    # The clock

    @rule()
    def all_jobs(self):
        self.arena.tick(ALL_JOBS)
        self.check()

    @rule(job=st.sampled_from(["deliver", "deliver", "sweep", "match", "run"]))
    def one_job(self, job):
        self.arena.tick((job,))
        self.check()

    @rule(number=MOMENT)
    def dies(self, number):
        """A process dies at one of the moments of its jobs."""
        moments = Moments(number, die, is_death=True)
        self.arena.tick(ALL_JOBS, moments)
        self._came("died", moments)
        self.check()

    @rule(
        number=MOMENT,
        what=st.sampled_from([*IN_TIME, "tap", "tap", *ALL_JOBS, "off", "im off", "app"]),
        which=WHICH,
        how=HOW,
    )
    def meanwhile(self, number, what, which, how):
        """Somebody, or another process, acts at one of those moments."""
        moments = Moments(number, lambda: self._anything(what, which, how), is_death=False)
        self.arena.tick(ALL_JOBS, moments)
        self._came(f"meanwhile: {what}", moments)
        self.check()

    @rule(seconds=st.sampled_from(PASSES))
    def time_passes(self, seconds):
        self.arena.world.pass_time(seconds)
        self.check()

    @rule(
        provider=st.sampled_from(PROVIDERS),
        call=st.sampled_from(CALLS),
        fault=st.sampled_from(FAULTS),
        times=st.integers(1, 3),
    )
    def fault(self, provider, call, fault, times):
        """The far side's next answers are bad ones, or get lost."""
        match = getattr(PLATFORMS[provider], call) if call else "/"
        self.arena.world.sandbox.fault(match=match, times=times, **fault)

    # How

    def _ticket(self, which: int) -> int:
        return self.tickets[which % len(self.tickets)]

    def _anything(self, what: str, which: int, how: int) -> None:
        id = self._ticket(which)
        if what in JOBS:
            with self.arena.world.app.app_context():
                JOBS[what]()
        elif what == "tap":
            cards = self.arena.look().cards
            waiting = [card for card in cards if card.place[0] == id and card.outcome == "open"]
            for card in waiting[:1]:
                self._tap(card, "refuse" if how == 3 else "agree", how)
        elif what in {"off", "im off", "app"}:
            self._switch(what, how)
        else:
            self._act(id, what, how)

    def _act(self, id: int, what: str, how: int) -> None:
        acts, walk = self.acts, self.acts.walk(id)
        if what == "go on":
            what = GOES_ON.get(walk.status, "retry")
        position = walk.position or 1
        asked = self.people[position - 1]
        who = asked[how % len(asked)]
        creator = ("creator", "boss")[how % 2]
        {
            "agree": lambda: acts.decide(id, who, True),
            "refuse": lambda: acts.decide(id, who, False),
            "execute": lambda: acts.execute(id, "operator"),
            "mark": lambda: acts.mark_executed(id, "operator"),
            "close": lambda: acts.close(id, creator),
            "resubmit": lambda: acts.resubmit(id, creator),
            "schedule soon": lambda: acts.schedule(id, "operator", 1.0),
            "schedule late": lambda: acts.schedule(id, "operator", 600.0),
            "unschedule": lambda: acts.unschedule(id, "operator"),
            "resend dingtalk": lambda: acts.resend(id, "dingtalk"),
            "resend feishu": lambda: acts.resend(id, "feishu"),
            "retry": lambda: acts.retry(how),
        }[what]()

    def _tap(self, card: Card, button: str, how: int) -> None:
        people = self.people[card.place[2] - 1]
        who = "creator" if button in {"withdraw", "comment"} else people[how % len(people)]
        self.acts.tap(card, button, who)

    def _switch(self, what: str, which: int) -> None:
        if what.startswith("im"):
            self.acts.allow_im(what == "im on")
        elif what == "app":
            self.acts.change_app(PROVIDERS[which % len(PROVIDERS)])
        else:
            self.acts.switch(PROVIDERS[which % len(PROVIDERS)], what == "on")

    def _came(self, what: str, moments: Moments) -> None:
        self.seen[what] += moments.has_come
        note(f"its moment has come: {moments.has_come}")

    # What must hold

    def check(self) -> None:
        acts, found = self.acts, self.arena.look()
        checks.check(found, self.people, acts.taken, acts.taps, acts.numbers)

    def teardown(self):
        """The far side is well again, what is on stays on, and time passes: all comes to an end."""
        if not hasattr(self, "acts"):
            return
        self.arena.world.sandbox.control("faults", method="DELETE")
        for name in PROVIDERS:
            if not self.arena.look().providers[name]["is_enabled"]:
                self.acts.switch(name, True)
                self.check()
        for _round in range(ROUNDS):
            self.arena.world.pass_time(1000)
            self.arena.tick(("match", *ALL_JOBS))
            self.check()
            if checks.is_drained(self.arena.look()):
                break
        found = self.arena.look()
        checks.nothing_is_left(found)
        self._count(found)

    def _count(self, found: Picture) -> None:
        """So that a machine which does next to nothing is seen to."""
        calls = self.arena.world.sandbox.calls()
        self.seen["runs"] += 1
        self.seen["calls"] += len(calls)
        self.seen["calls with a fault"] += sum(bool(call["fault"]) for call in calls)
        for records in found.records.values():
            for one in records:
                via = one["details"].get("via", "")
                self.seen[" ".join(filter(None, (one["action"], via)))] += 1
        for one in found.deliveries:
            self.seen[f"{one['action']} {one['state']}"] += 1
        self.seen["ran"] += found.ran.total()
