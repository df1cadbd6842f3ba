"""Carries out the delivery of one issue: created once, adopted where it is there already."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _

from portal.domain import app_health, deliveries, issue_rows, issue_text, looking, tries
from portal.domain.deliveries import Claim
from portal.domain.tracker import (
    Contact,
    Issue,
    IssueProgress,
    IssueRequest,
    IssueTracker,
    Kind,
    ProviderError,
)
from portal.kit.conflicts import repeated
from portal.models import IssueState, ProblemIssue

Checkpoint = Callable[[], None]


def create(claim: Claim, tracker: IssueTracker, checkpoint: Checkpoint) -> None:
    """Create the issue, unless an earlier try has left it over there. Raises looking.TooEarly."""
    found = _left_behind(claim, tracker, checkpoint)
    if found is None:
        request = _request(claim)
        if request is None:
            return
        deliveries.mark_wire(claim)
        checkpoint()
        found = tracker.create(request)
    _adopt(claim, found, checkpoint)


def _left_behind(claim: Claim, tracker: IssueTracker, checkpoint: Checkpoint) -> Issue | None:
    """What an earlier try has created, if it has; no transaction is open while we ask."""
    delivery = deliveries.mine(claim)
    if delivery is None:
        return None
    number, doubts = tries.answered(delivery), tries.doubtful_since(delivery)
    if number is not None:
        project = delivery.issue.project_name
        checkpoint()
        found = tracker.fetch(project, number)
        return found or Issue(number, "", IssueProgress.GONE)
    if not doubts:
        return None
    looking.wait(delivery)
    request = request_of(delivery.issue, first_try_at=doubts[0])
    order = delivery.payload.get("order")
    goes_elsewhere = order is not None and order["project_name"] != request.project
    checkpoint()
    found = _look(tracker, request, goes_elsewhere)
    delivery = deliveries.mine(claim)
    if delivery is not None:
        if found is None and not tracker.remembers_keys:
            looking.believe(claim, delivery)
        tries.settle(delivery, "no" if found is None else "yes")
    return found


def _look(tracker: IssueTracker, request: IssueRequest, goes_elsewhere: bool) -> Issue | None:
    """Raises ProviderError.

    goes_elsewhere: somebody has pushed it to another project since. Only then may it be that the
    first project is gone; else its door may just be shut to us, and it may hold the issue.
    """
    try:
        return tracker.find(request)
    except ProviderError as error:
        if error.kind is not Kind.NOT_FOUND or not goes_elsewhere:
            raise
    return None


def _request(claim: Claim) -> IssueRequest | None:
    """What is to be created; None when it is no longer wanted, or no longer ours to do."""
    delivery = deliveries.mine(claim)
    if delivery is None:
        return None
    if delivery.issue.state == IssueState.QUEUED:
        if "order" in delivery.payload:
            issue_rows.ordered(delivery.issue, delivery.payload["order"])
            delivery.payload = {}
        return request_of(delivery.issue)
    deliveries.note(claim, "no", "void")
    deliveries.void(delivery, _("这条 SQL 已经另行推送，无需再发送"))
    return None


def request_of(issue: ProblemIssue, first_try_at: datetime | None = None) -> IssueRequest:
    """The issue in plain values."""
    person = issue.assignee if issue.assignee and issue.assignee.is_enabled else None
    return IssueRequest(
        key=issue.key,
        project=issue.project_name,
        kind=issue.kind,
        priority=issue.priority,
        title=issue_text.title(issue),
        description=issue_text.description(issue),
        assignee=Contact(person.phone or "", person.email or "") if person else None,
        parent=issue.parent,
        first_try_at=first_try_at,
    )


def _adopt(claim: Claim, found: Issue, checkpoint: Checkpoint) -> None:
    """Keep the number in the try's own row first: it outlives even a lost lease (R6)."""
    repeated(checkpoint, deliveries.note, claim, "yes", "", found.number)
    repeated(checkpoint, _is_there, claim, found)


def _is_there(claim: Claim, found: Issue) -> None:
    delivery = deliveries.mine(claim)
    if delivery is not None:
        deliveries.sent(delivery)
        issue_rows.created(delivery.issue, found)
    app_health.succeeded(claim.leave)
