"""Figures are printed in one form and judged by tests/goals.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.faults.processes import SandboxProcess
from tests.load.measure import Times
from tests.sandbox_client import Sandbox

GOALS = Path(__file__).resolve().parents[1] / "goals.toml"


class Figures:
    """What was measured, a line each: `figure: name = value (remark)`."""

    def __init__(self, goals: dict[str, float]):
        self._goals = goals

    def goal(self, name: str) -> float:
        """The most (or least) that is allowed."""
        return self._goals[name]

    def say(self, name: str, value: str, remark: str) -> None:
        print(f"\nfigure: {name} = {value} ({remark})", end="", flush=True)

    def compare(self, name: str, times: Times, bare: Times) -> dict[str, float]:
        """Print p50 and p99 beside the bare page's; answers both ratios."""
        ratios = {}
        for share in ("p50", "p99"):
            own, base = getattr(times, share), getattr(bare, share)
            ratios[share] = own / base
            remark = f"bare page {base * 1000:.2f} ms, ratio to bare page: {own / base:.1f}"
            self.say(f"{name} {share}", f"{own * 1000:.1f} ms", remark)
        return ratios


@pytest.fixture(scope="session")
def figures() -> Figures:
    return Figures(tomllib.loads(GOALS.read_text()))


@pytest.fixture(scope="session")
def far_side_process(tmp_path_factory):
    process = SandboxProcess(tmp_path_factory.mktemp("far-side") / "store.db")
    yield process
    process.end()


@pytest.fixture
def sandbox(far_side_process) -> Sandbox:
    """The far side, empty, and without limits on calls a second."""
    sandbox = Sandbox(far_side_process.base)
    sandbox.reset()
    return sandbox
