"""Job processes without one of their rules: what a fault test must be able to see.

`python -m tests.faults.sabotaged` forks them on order, as worker.py does; with `jobs <rule>` it
is the command `flask --app wsgi jobs` without that rule.
"""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Collection
from datetime import datetime, timedelta

from flask.cli import main as flask_command

from portal import config, jobs
from portal.blueprints.coding.issues import CodingIssues
from portal.domain import (
    app_health,
    call_rate,
    claims,
    deliveries,
    dispatch,
    ending,
    failures,
    filing,
    looking,
    mapping,
    pace,
    sweeps,
    tries,
    twins,
    verdicts,
)
from portal.domain.app_health import Leave
from portal.domain.deliveries import Claim
from portal.domain.provider import Ended, Kind
from portal.extensions import db
from portal.kit import conflicts, sessions
from portal.kit.clock import database_now
from portal.kit.tokens import TokenCache
from portal.models import (
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    ExecutionRun,
    RunState,
    StatementRun,
    TaskRun,
)
from tests.faults.worker import serve


def no_look() -> None:
    """R8: a try that follows one in doubt looks for the card, or the issue, first."""
    looking.look = lambda claim, doubts, provider, checkpoint: None
    CodingIssues.find = lambda self, request: None


def no_settling() -> None:
    """R8: the look waits until what was sent must have had its effect."""
    load = config.load
    config.load = lambda: load() | {"SETTLE_SECONDS": 0.0}


def no_second_look() -> None:
    """N20: a look that finds nothing is believed only when another one finds nothing, too."""
    tries.missed = lambda delivery, now: True


def no_twin_hunt() -> None:
    """N21: what may stand over there twice is asked about later."""
    twins.anything_due = lambda provider: False


def no_retry_in_doubt() -> None:
    """R7: no answer is neither yes nor no."""
    failures.FINAL_KINDS = failures.FINAL_KINDS | {Kind.UNKNOWN_OUTCOME}


def no_lease() -> None:
    """R2: a row whose lease has ended is due again."""
    deliveries.UNFINISHED = (DeliveryState.QUEUED,)


def no_fencing() -> None:
    """R5: only the holder of the newest token may go on with a row."""
    deliveries.mine = lambda claim: db.session.get(Delivery, claim.delivery_id)


def no_claim() -> None:
    """R2: reading a due row and taking it are one transaction."""

    def read_then_write(but: Collection[str] = ()) -> Claim | None:
        found = db.session.scalar(
            claims._rows().limit(1), claims._values(database_now(db.session), ())
        )
        if found is None:
            return None
        known = (found.id, found.provider, found.app_key, found.action)
        db.session.rollback()
        time.sleep(0.2)  # what a busy machine does between the two
        delivery = db.session.get(Delivery, known[0])
        delivery.state = DeliveryState.SENDING
        delivery.token += 1
        now = database_now(db.session)
        delivery.due_at = now + timedelta(seconds=60)
        db.session.add(
            DeliveryAttempt(delivery_id=delivery.id, token=delivery.token, started_at=now)
        )
        return Claim(delivery.id, delivery.token, *known[1:], Leave(*known[1:3]))

    claims.claim = read_then_write
    # Other rules catch a second worker that comes after the first has sent: people are asked
    # for each time, so that both are on their way before either sends.
    mapping.TRUSTED_FOR = timedelta(0)
    # Many tries under way at once look like a row that kills its process.
    no_giving_up()
    # A row taken from under the feet is found by its id all the same.
    deliveries.mine = lambda claim: db.session.get(Delivery, claim.delivery_id)


def no_withdrawing() -> None:
    """A card over there ends when its ticket does."""
    ending._withdrawn = lambda claim, provider, plan: Ended.DONE


def no_second_thought() -> None:
    """A step that ended during the look-ups needs no card any more."""
    is_over, asked = dispatch._is_over, set()

    def only_once(claim) -> bool:
        if claim in asked:
            return False
        asked.add(claim)
        return is_over(claim)

    dispatch._is_over = only_once


def no_pause() -> None:
    """R10: what concerns the whole app stops the whole app."""
    app_health.failed = lambda leave, error: None


def no_breaker() -> None:
    """R10: five failures in a minute open the breaker."""
    app_health.FAILURES = 10**6


def no_single_probe() -> None:
    """R10: after a pause one caller tries, the others wait for what becomes of it."""
    app_health.begin_call = lambda provider, app_key, lease: (
        None if app_health.is_paused(provider, app_key) else Leave(provider, app_key)
    )


def no_turns() -> None:
    """G13: DingTalk gets so many calls a second, of all processes together."""
    call_rate.turns = lambda provider: lambda longest: None


def no_pace() -> None:
    """G13: Feishu gets so many cards a minute, of all processes together."""
    pace.limit_of = lambda provider: None


def no_renewal() -> None:
    """N14: a token that was refused is forgotten."""
    TokenCache.drop = lambda self, key, token: None


def no_giving_up() -> None:
    """P12: a row that kills its process again and again is set aside."""
    tries.CRASHES_BEFORE_GIVING_UP = 10**6


def no_holding() -> None:
    """D9: a row whose app has no readable secret waits until there is one."""
    failures.without_secret = lambda claim: None


def no_common_commit() -> None:
    """R1: a ticket and the deliveries of its cards are one transaction."""
    put = deliveries.put

    def put_later(*arguments, **named) -> Delivery:
        db.session.commit()
        return put(*arguments, **named)

    deliveries.put = put_later


def no_form_number() -> None:
    """P2: a form that was sent before shows what came of it."""
    filing.by_nonce = lambda creator, nonce: None
    copy_steps = filing.copy_steps

    def renumbered(ticket, flow) -> None:
        ticket.form_nonce = secrets.token_hex(16)
        copy_steps(ticket, flow)

    filing.copy_steps = renumbered


def no_waiting() -> None:
    """D1: who finds SQLite's only writer's place taken waits for it."""
    sessions.LOCK_SECONDS = 0


def no_watchdog() -> None:
    """T1: a scheduler whose machine's clock has stepped back is woken up."""
    jobs.Clock._watch = lambda self: None


def no_patience() -> None:
    """T5: a try that nobody has ended may be under way, whatever the database's clock says."""
    settles_at = tries.settles_at

    def by_the_clock(delivery) -> datetime:
        for one in delivery.tries:
            if one.ended_at is None and one.wire_at is not None:
                one.ended_at = one.wire_at
        return settles_at(delivery)

    tries.settles_at = by_the_clock


def no_asking_again() -> None:
    """P7: a card is pushed forward when it is asked for, but by a sweep and no more."""
    sweeps._next_look = lambda approval, now, list_size: now + timedelta(days=365)


def no_second_try() -> None:
    """D7: a transaction that the database gave up is done again."""
    conflicts.TRIES = 1


def no_stopping() -> None:
    """P8: told to stop, a process takes no new row."""
    jobs.Clock.is_stopping = lambda self: False


def no_hands_off() -> None:
    """E2-E4: a machine never runs a statement again."""

    def run_again(orphan, _seen) -> bool:
        run = db.session.get_one(ExecutionRun, orphan.run_id)
        db.session.execute(db.delete(StatementRun))
        db.session.execute(db.delete(TaskRun))
        db.session.expire(run)
        run.state, run.created_at = RunState.QUEUED, database_now(db.session)
        return False

    verdicts.apply = run_again


RULES = {
    name.removeprefix("no_").replace("_", " "): remove
    for name, remove in list(globals().items())
    if name.startswith("no_")
}


def main() -> None:
    if sys.argv[1:2] == ["jobs"]:
        RULES[sys.argv[2]]()
        sys.argv = ["flask", "--app", "wsgi", "jobs"]
        flask_command()
    else:
        serve(lambda order: RULES[order["rule"]]())


if __name__ == "__main__":
    main()
