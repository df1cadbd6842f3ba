"""The state of a problem's issue, as its delivery and the looks at it move it."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _

from portal.domain import tries
from portal.domain.errors import RuleError
from portal.domain.tracker import Issue
from portal.extensions import db
from portal.kit.clock import database_now
from portal.models import (
    Delivery,
    IssueKind,
    IssuePriority,
    IssueProgress,
    IssueState,
    ProblemIssue,
    Project,
)

# A new issue is looked at after this many sweeps, then ever more seldom.
FIRST_LOOK = 5
# The code of a look that could not look through everything.
NOT_ALL_SEEN = "too_many_issues"
LONGEST_STRETCH = 360
AGE_A_SWEEP = 10


def lock(issue: ProblemIssue) -> None:
    """The issue as it stands, and nobody else's to push or retry till the commit.

    The lock is the project's, as a push of many takes it.
    """
    project_id = issue.problem.project_id
    db.session.scalar(db.select(Project.id).filter_by(id=project_id).with_for_update())
    db.session.refresh(issue)


def newest_delivery(issue: ProblemIssue) -> Delivery:
    """The delivery that creates this issue, or did."""
    query = db.select(Delivery).filter_by(issue_id=issue.id).order_by(Delivery.id.desc()).limit(1)
    return db.session.scalars(query).one()


def stands(issue: ProblemIssue) -> bool:
    """Whether it is over there, as far as is known."""
    return issue.state == IssueState.CREATED and issue.progress != IssueProgress.GONE


def may_stand(issue: ProblemIssue, app_key: str) -> bool:
    """A failed one that may be over there all the same, at this very address."""
    if issue.state != IssueState.FAILED or issue.app_key != app_key:
        return False
    delivery = newest_delivery(issue)
    return bool(tries.doubtful_since(delivery) or tries.answered(delivery))


def failed(issue: ProblemIssue, code: str, message: str, cure: str) -> None:
    """The push needs a person: why, and what to do."""
    issue.state = IssueState.FAILED
    issue.failure, issue.failure_code, issue.cure = message, code[:128], cure


def waits(issue: ProblemIssue, code: str, message: str, cure: str) -> None:
    """It is not over there as yet: why. It goes on by itself."""
    if issue.state == IssueState.QUEUED:
        issue.failure, issue.failure_code, issue.cure = message, code[:128], cure


def wait_again(issue: ProblemIssue) -> None:
    """Its delivery was put back."""
    issue.state = IssueState.QUEUED
    issue.failure = issue.failure_code = issue.cure = ""


def ordered(issue: ProblemIssue, values: dict) -> None:
    """Where and as what it is to be created: project_name, kind, priority, parent, assignee_id."""
    issue.project_name, issue.parent = values["project_name"], values["parent"]
    issue.kind = IssueKind(values["kind"])
    issue.priority = IssuePriority(values["priority"])
    issue.assignee_id = values["assignee_id"]


def created(issue: ProblemIssue, found: Issue) -> None:
    """It is over there, under this number."""
    now = database_now(db.session)
    wait_again(issue)
    issue.state = IssueState.CREATED
    issue.number, issue.url, issue.note = found.number, found.url[:500], found.note[:500]
    issue.created_at = now
    seen(issue, found)


def seen(issue: ProblemIssue, found: Issue) -> None:
    """How it stands over there; the next look is set by its age. Nobody asks for a deleted one."""
    issue.progress, issue.progress_name = found.progress, found.progress_name[:100]
    issue.url = found.url[:500] or issue.url
    issue.failure = issue.failure_code = issue.cure = ""
    issue.looked_at = database_now(db.session)
    is_gone = found.progress == IssueProgress.GONE
    issue.next_look_at = None if is_gone else next_look(issue)


def unreadable(issue: ProblemIssue, code: str, message: str, cure: str) -> None:
    """What stands in the way of reading it; the next good reading ends it."""
    issue.failure, issue.failure_code, issue.cure = message, code[:128], cure


def next_look(issue: ProblemIssue) -> datetime:
    """From 5 sweeps on to 360; what is done is seldom opened again."""
    now, sweep = database_now(db.session), current_app.config["SWEEP_SECONDS"]
    age = (now - (issue.created_at or now)).total_seconds()
    stretch = min(FIRST_LOOK + age / (AGE_A_SWEEP * sweep), LONGEST_STRETCH)
    if issue.progress == IssueProgress.DONE:
        stretch = LONGEST_STRETCH
    return now + timedelta(seconds=sweep * stretch)


def check_retry(delivery: Delivery) -> None:
    """Raises RuleError when this delivery is no longer the one that counts."""
    issue = delivery.issue
    lock(issue)
    if issue.state != IssueState.FAILED or newest_delivery(issue).id != delivery.id:
        raise RuleError(_("这条 SQL 已经重新推送，请看最新的那一行"))
