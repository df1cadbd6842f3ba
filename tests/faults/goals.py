"""What the chaos and recovery tests are held to: tests/goals.toml, in the form of this run."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

# `tests/run.sh --long`.
IS_LONG = os.environ.get("PORTAL_TESTS_LONG") == "1"
_ALL = tomllib.loads((Path(__file__).resolve().parents[1] / "goals.toml").read_text())
GOALS = _ALL["chaos"]["long" if IS_LONG else "short"]
RECOVERY = _ALL["recovery"]
