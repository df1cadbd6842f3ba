"""Problem SQL pushed to the tracker: each once, in the outbox, with its number and link."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.orm import selectinload

from portal.domain import deliveries, issue_rows, ledger, records
from portal.domain.errors import RuleError
from portal.domain.issue_orders import Press, PushOrder, checked, enabled_setting
from portal.domain.projects import subject_of
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    Delivery,
    IssueState,
    Member,
    ProblemIssue,
    ProblemSql,
    Project,
)

__all__ = [
    "TRACKER",
    "Progress",
    "PushOrder",
    "Pushed",
    "address_changed",
    "progress",
    "push",
    "retry",
]

TRACKER = "coding"
CHUNK = 500  # values in one IN (...)


@dataclass(frozen=True)
class Pushed:
    """What one press did. batch: its name for `progress`, empty when nothing was queued; known:
    were there before, only linked; waiting: are under way since an earlier press.
    """

    batch: str
    queued: int
    known: int
    waiting: int


@dataclass(frozen=True)
class Progress:
    """How far a batch has come."""

    total: int
    created: int
    failed: int

    @property
    def waiting(self) -> int:
        return self.total - self.created - self.failed


def push(
    project: Project, problems: Sequence[ProblemSql], order: PushOrder, actor: Member
) -> Pushed:
    """Queue one issue a problem that has none. Raises RuleError on coding_project, type or
    parent, or without a field when the tracker is not switched on.
    """
    setting = enabled_setting(TRACKER)
    order = checked(order)
    # Two presses at once: the second one finds what the first one did.
    db.session.scalar(db.select(Project.id).filter_by(id=project.id).with_for_update())
    now = database_now(db.session)
    press = Press(order, actor, setting, batch=secrets.token_hex(8), at=now)
    found = _issues_of(problems)
    queued = known = waiting = 0
    for problem in problems:
        issue = found.get(problem.id)
        if issue is not None and issue.state == IssueState.QUEUED:
            waiting += 1
        elif issue is not None and issue_rows.stands(issue):
            known += 1
        else:
            press.order(problem, issue)
            queued += 1
    db.session.flush()
    if queued:
        details = {"coding_project": order.project, "count": queued}
        records.add(records.Action.ISSUES_PUSHED, subject_of(project), actor, details)
    return Pushed(press.batch if queued else "", queued, known, waiting)


def progress(project: Project, batch: str) -> Progress | None:
    """How far this batch has come; None when the project has no such batch."""
    query = (
        db.select(ProblemIssue.state, db.func.count())
        .join(ProblemSql, ProblemSql.id == ProblemIssue.problem_id)
        .where(ProblemSql.project_id == project.id, ProblemIssue.batch == batch)
        .group_by(ProblemIssue.state)
    )
    found = dict(db.session.execute(query).all())
    if not found:
        return None
    return Progress(
        sum(found.values()), found.get(IssueState.CREATED, 0), found.get(IssueState.FAILED, 0)
    )


def retry(issue: ProblemIssue, actor: Member) -> None:
    """Try a failed one again, as it was ordered. Raises RuleError."""
    issue_rows.lock(issue)
    if issue.state != IssueState.FAILED:
        raise RuleError(_("只有推送失败的事项可以重试"))
    enabled_setting(TRACKER)
    ledger.retry(issue_rows.newest_delivery(issue), actor)


def address_changed(app_key: str) -> int:
    """The tracker's address is another one now: what waits for the old one is given up.

    Answers how many. What was created there keeps its link.
    """
    waiting = db.session.scalars(
        db.select(Delivery)
        .filter_by(provider=TRACKER, app_key=app_key)
        .where(Delivery.state.in_(deliveries.UNFINISHED))
        .options(selectinload(Delivery.issue))
        .with_for_update(of=Delivery)
    ).all()
    for delivery in waiting:
        code, message = "address_changed", _("CODING 服务地址已更换，没有推送到旧地址")
        cure = _("请在「SQL管控」中重新推送；旧地址上可能已有这条事项，请先看一看")
        deliveries.fail(delivery, code, message, cure)
        issue_rows.failed(delivery.issue, code, message, cure)
    return len(waiting)


def _issues_of(problems: Sequence[ProblemSql]) -> dict[int, ProblemIssue]:
    ids, found = [one.id for one in problems], {}
    for start in range(0, len(ids), CHUNK):
        query = db.select(ProblemIssue).where(
            ProblemIssue.problem_id.in_(ids[start : start + CHUNK])
        )
        found |= {issue.problem_id: issue for issue in db.session.scalars(query)}
    return found
