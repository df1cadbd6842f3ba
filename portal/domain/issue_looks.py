"""Reading back how created issues stand: claim what is due, ask, write down; one at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from flask_babel import gettext as _

from portal.domain import app_health, issue_rows
from portal.domain.tracker import Issue, IssueProgress, IssueTracker, Kind, ProviderError
from portal.extensions import db
from portal.kit.claiming import free_rows
from portal.kit.clock import database_now
from portal.kit.conflicts import repeated
from portal.models import IssueState, ProblemIssue, ProviderSetting

log = logging.getLogger(__name__)
Checkpoint = Callable[[], None]
BATCH = 50
# Refusals that are about the issue that was asked for, or the right to read it.
OF_THE_ISSUE = {Kind.PERMISSION, Kind.REFUSED, Kind.NOT_FOUND}


@dataclass(frozen=True)
class Look:
    """An issue to ask about: plain values."""

    issue_id: int
    project: str
    number: str


@dataclass(frozen=True)
class Looks:
    """What one address is asked for in one go."""

    tracker: str
    app_key: str
    issues: list[Look]
    leave: app_health.Leave


def claim(tracker: str) -> Looks | None:
    """The issues that are due, pushed forward first, so that no trouble can jam the loop.

    The caller commits before it calls anybody.
    """
    setting = db.session.scalar(db.select(ProviderSetting).filter_by(provider=tracker))
    if setting is None or not setting.is_enabled:
        return None
    if app_health.is_paused(tracker, setting.app_key):
        return None
    due = free_rows(_due(setting), ProblemIssue.id, BATCH)
    lease = timedelta(seconds=current_app.config["LEASE_SECONDS"])
    leave = app_health.begin_call(tracker, setting.app_key, lease) if due else None
    if leave is None:
        return None
    for issue in due:
        issue.next_look_at = issue_rows.next_look(issue)
    looks = [Look(issue.id, issue.project_name, issue.number) for issue in due]
    return Looks(tracker, setting.app_key, looks, leave)


def anything_due(tracker: str) -> bool:
    """A cheap look, without a write transaction, before `claim`."""
    setting = db.session.scalar(db.select(ProviderSetting).filter_by(provider=tracker))
    return setting is not None and db.session.scalar(_due(setting).limit(1)) is not None


def _due(setting: ProviderSetting):
    return (
        db.select(ProblemIssue)
        .where(
            ProblemIssue.tracker == setting.provider,
            ProblemIssue.app_key == setting.app_key,
            ProblemIssue.state == IssueState.CREATED,
            ProblemIssue.next_look_at <= database_now(db.session),
        )
        .order_by(ProblemIssue.next_look_at)
    )


def carry_out(
    looks: Looks,
    tracker: IssueTracker,
    checkpoint: Checkpoint,
    is_stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Ask for each and write down how it stands. Answers how many could be read."""
    read = 0
    for position, look in enumerate(looks.issues):
        if is_stopping():
            _put_back(looks.issues[position:])
            checkpoint()
            break
        try:
            found = tracker.fetch(look.project, look.number)
        except ProviderError as error:
            db.session.rollback()
            _note_trouble(looks, look, tracker, error)
            checkpoint()
            if error.code == app_health.OUR_TIME:
                _put_back(looks.issues[position:])
                checkpoint()
                break
            if app_health.is_paused(looks.tracker, looks.app_key):
                _put_back(looks.issues[position:])
                checkpoint()
                break
            checkpoint()  # that look has opened a transaction
            continue
        repeated(
            checkpoint, _seen, looks, look, found or Issue(look.number, "", IssueProgress.GONE)
        )
        read += 1
    return read


def _seen(looks: Looks, look: Look, found: Issue) -> None:
    app_health.succeeded(looks.leave)
    issue = _standing(look)
    if issue is not None:
        issue_rows.seen(issue, found)


def _standing(look: Look) -> ProblemIssue | None:
    """The row, unless it was pushed anew meanwhile."""
    return db.session.scalar(
        db.select(ProblemIssue)
        .filter_by(id=look.issue_id, state=IssueState.CREATED, number=look.number)
        .with_for_update()
    )


def _note_trouble(looks: Looks, look: Look, tracker: IssueTracker, error: ProviderError) -> None:
    log.warning(
        "%s: asking for an issue failed: %s %s",
        looks.tracker,
        error.kind.value,
        error.code,
        extra={"code": error.code, "kind": error.kind.value},
    )
    if error.kind not in OF_THE_ISSUE:
        app_health.failed(looks.leave, error)
        return
    app_health.succeeded(looks.leave)  # a no is an answer, too
    issue = _standing(look)
    if issue is not None:
        sentence, cure = tracker.explain(error)
        message = _("读不到这条事项现在的状态：%(why)s", why=sentence)
        issue_rows.unreadable(issue, error.code, message, cure)


def _put_back(looks: list[Look]) -> None:
    """The time was over before these were asked for: they are the next ones."""
    db.session.execute(
        db.update(ProblemIssue)
        .where(ProblemIssue.id.in_([look.issue_id for look in looks]))
        .where(ProblemIssue.state == IssueState.CREATED)
        .values(next_look_at=database_now(db.session))
        .execution_options(synchronize_session=False)
    )
