"""Carries out one claimed run: statement by statement, each result recorded before the next.

No transaction of the portal is open while the target works. Nothing here is ever tried twice:
a run ends done, failed, given back, or as an orphan that orphans.py looks after.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy.exc import OperationalError, TimeoutError

from portal.domain import run_ends, run_plan
from portal.domain.run_log import RunClaim, RunLost
from portal.domain.run_plan import CannotRun
from portal.domain.turn import Turn
from portal.extensions import db
from portal.kit.databases import Session

log = logging.getLogger(__name__)
# The portal's own database may be busy for a while; a result that is not recorded is lost.
RECORD_AGAIN = (0.5, 2.0, 5.0, 10.0)


class Control(Protocol):
    """How others reach a run while it works: see runner.Watch."""

    def holding(self, session: Session) -> AbstractContextManager[None]:
        """While this lasts, a wish to stop interrupts what the session is running."""

    def is_aborted(self) -> bool:
        """Whether a person wants it to stop."""

    def is_stopping(self) -> bool:
        """Whether this process is about to end."""


class Work:
    """The run at hand, and how its progress is written down."""

    def __init__(self, claim: RunClaim, control: Control, checkpoint: Callable[[], None]):
        self.claim, self.control, self._checkpoint = claim, control, checkpoint

    def record(self, function: Callable, *arguments):
        """function(claim, …) in a transaction of its own; again when the database is busy."""
        for pause in (*RECORD_AGAIN, None):
            try:
                answer = function(self.claim, *arguments)
                self._checkpoint()
                return answer
            except (OperationalError, TimeoutError):
                db.session.rollback()
                if pause is None:
                    raise
                time.sleep(pause)
        raise AssertionError


def carry_out(claim: RunClaim, control: Control, checkpoint: Callable[[], None]) -> None:
    """Run the whole of it, and write down what is known. checkpoint: the entrance's commit."""
    work = Work(claim, control, checkpoint)
    try:
        plans = [run_plan.plan(one) for one in work.record(run_plan.read)]
        for place, plan in enumerate(plans):
            if not Turn(work, plan, is_first=place == 0).take():
                return
        work.record(run_ends.finished)
    except CannotRun as why:
        db.session.rollback()
        work.record(run_ends.refused, str(why))
    except RunLost:
        db.session.rollback()
        log.warning("run %s went on elsewhere as an orphan; nothing more is sent", claim.run_id)
