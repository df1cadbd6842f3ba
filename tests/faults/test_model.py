"""G9: random acts on a small company, in step with a plain model, on SQLite.

PORTAL_TESTS_MODEL_RUNS: how many runs the long form has, by default 2,000: some hours.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.exc import IntegrityError

from portal.domain import looking, moves
from tests.faults.model.arena import Arena
from tests.faults.model.machine import Machine
from tests.platforms import PLATFORMS, addresses
from tests.world import World

IS_LONG = os.environ.get("PORTAL_TESTS_LONG") == "1"
NIGHT_RUNS = int(os.environ.get("PORTAL_TESTS_MODEL_RUNS") or 2000)
RUNS, STEPS = (NIGHT_RUNS, 50) if IS_LONG else (20, 30)


@pytest.fixture
def environment(sandbox) -> dict[str, str]:
    return addresses(sandbox.base) | {
        "HTTP_TIMEOUT": "1",
        "SETTLE_SECONDS": "1.5",
        "SWEEP_SECONDS": "60",
        "DINGTALK_WITHDRAW_SECONDS": "0",
        "DINGTALK_MONTHLY_CALLS": "10000000",
        "FEISHU_STARTS_A_MINUTE": "100000",
        "LOG_LEVEL": "CRITICAL",
    }


@pytest.fixture
def arena(app, sandbox, sandbox_process, password_hash, tmp_path) -> Arena:
    sandbox.control("rules", {"withdraw_after": 0})
    world = World(app, sandbox, list(PLATFORMS.values()))
    world.settle_in(password_hash)
    world.prepare()
    world.match()
    return Arena(world, sandbox_process.store, tmp_path)


def play(arena: Arena, runs: int, seed: int | None = None, **changes) -> Counter:
    """Answers how much of everything there was."""
    seen: Counter = Counter()

    class Playing(Machine):
        _hypothesis_internal_use_seed = seed

    Playing.arena, Playing.seen = arena, seen
    chosen = {
        "max_examples": runs,
        "stateful_step_count": STEPS,
        "derandomize": not IS_LONG and seed is None,
        "database": None,
        "deadline": None,
        "suppress_health_check": list(HealthCheck),
        # A failure is made small in the long form only: that may take minutes.
        "phases": (Phase.generate, Phase.shrink) if IS_LONG else (Phase.generate,),
    }
    run_state_machine_as_test(Playing, settings=settings(**chosen | changes))
    for what, times in sorted(seen.items()):
        print(f"{times:6} {what}")
    return seen


# What the machine must have come to, so that what it says is worth something.
SEEN_SOON = (
    "step_approved portal", "step_rejected portal", "ticket_closed", "run_finished", "ran", "died",
    "calls with a fault",
)  # fmt: skip
SEEN_LATER = (
    "step_approved dingtalk", "step_approved feishu", "step_rejected dingtalk",
    "step_rejected feishu", "decision_late portal", "ticket_resubmitted", "run_started dingtalk",
    "run_started feishu", "withdraw sent", "meanwhile: tap", "meanwhile: deliver",
)  # fmt: skip
MUST_BE_SEEN = SEEN_SOON + SEEN_LATER if IS_LONG else SEEN_SOON


@pytest.mark.faults
def test_whatever_happens_the_portal_keeps_to_its_model(arena):
    seen = play(arena, RUNS)
    assert not [what for what in MUST_BE_SEEN if not seen[what]]


def without_the_conditional_update(monkeypatch) -> None:
    """R11: whatever the page showed, a decision moves the ticket."""

    def move(ticket, step, status, position, revision=None):
        ticket.status, ticket.position = status, position
        ticket.revision = revision or ticket.revision
        return True

    monkeypatch.setattr(moves, "move", move)


def without_the_look(monkeypatch) -> None:
    """R8: what may be there is sent once more."""
    monkeypatch.setattr(looking, "look", lambda claim, doubts, provider, checkpoint: None)


AT_NIGHT = pytest.mark.skipif(not IS_LONG, reason="in the long form: PORTAL_TESTS_LONG=1")


# Rule → a seed with which the machine soon comes upon it: a test of the checks, not of its luck.
@pytest.mark.sabotage
@pytest.mark.parametrize(
    ("rule", "seed"),
    [
        (without_the_conditional_update, 1),
        pytest.param(without_the_look, None, marks=AT_NIGHT),
    ],
)
def test_a_portal_without_one_of_its_rules_is_caught(arena, monkeypatch, rule, seed):
    rule(monkeypatch)
    with pytest.raises((AssertionError, IntegrityError)) as caught:
        play(arena, RUNS, seed, phases=(Phase.generate,), report_multiple_bugs=False)
    print(f"{rule.__name__}: {str(caught.value)[:300]}")
