"""CODING's issues in our own words: the adapter behind domain.tracker.IssueTracker."""

from __future__ import annotations

from dataclasses import replace

from flask import current_app
from flask_babel import gettext as _

from portal.blueprints.coding import checks, codes, finding, issue_pages, people
from portal.blueprints.coding.client import CodingClient
from portal.blueprints.coding.codes import PROVIDER
from portal.blueprints.coding.shapes import FoundIssue, Order
from portal.domain.tracker import (
    AppCredentials,
    Check,
    Issue,
    IssuePriority,
    IssueProgress,
    IssueRequest,
    Kind,
    ProviderError,
)
from portal.kit.card_texts import harmless
from portal.kit.changes import changes_nothing, unless_gone
from portal.kit.http import Deadline
from portal.kit.outside import Outside

PRIORITIES = {
    IssuePriority.LOW: "0",
    IssuePriority.MEDIUM: "1",
    IssuePriority.HIGH: "2",
    IssuePriority.EMERGENCY: "3",
}
PROGRESS = {
    "TODO": IssueProgress.OPEN,
    "PROCESSING": IssueProgress.WORKING,
    "COMPLETED": IssueProgress.DONE,
}
# What SQLE, whose users come to us, has always sent; it is not asked of anybody here.
WORKING_HOURS = 8


class CodingIssues:
    """One token's issues, for one piece of work."""

    name = PROVIDER
    title = "CODING"
    remembers_keys = False

    def __init__(self, client: CodingClient) -> None:
        self._client = client

    def create(self, request: IssueRequest) -> Issue:
        """All that is looked up comes first: what fails before the one call changed nothing.

        Somebody who is not found over there is no reason to lose the issue: it is created for
        nobody, and its note says so.
        """
        base = issue_pages.base_of(self._client)
        assignee, note = self._assignee(request)
        order = Order(
            project=request.project,
            type=request.kind.value,
            name=harmless(request.title),
            priority=PRIORITIES[request.priority],
            description=harmless(request.description),
            parent_code=request.parent,
            assignee_id=assignee,
        )
        found, refusal = self._create(order)
        return self._told(base, request.project, found, note or refusal)

    def find(self, request: IssueRequest) -> Issue | None:
        """Without first_try_at nothing can have left: None, and no call."""
        if request.first_try_at is None:
            return None
        found = finding.find(self._client, request.project, request.key, request.first_try_at)
        if found is None:
            return None
        return self._told(issue_pages.base_of(self._client), request.project, found)

    def fetch(self, project: str, number: str) -> Issue | None:
        """By its number; None only where CODING says that there is no such issue."""
        found = unless_gone(
            lambda: self._client.issue(project, int(number)),
            lambda error: codes.says(error, codes.ISSUE_GONE),
        )
        if found is None:
            return None
        return self._told(issue_pages.base_of(self._client), project, found)

    def explain(self, error: ProviderError) -> tuple[str, str]:
        """A plain sentence and the cure."""
        return codes.explain(error)

    def check(self, project: str) -> list[Check]:
        """See checks.run."""
        return checks.run(self._client, project.strip())

    def _assignee(self, request: IssueRequest) -> tuple[int | None, str]:
        """The member's id over there; or nobody, and why."""
        if request.assignee is None:
            return None, ""
        try:
            with changes_nothing():
                return people.find(self._client, request.project, request.assignee), ""
        except ProviderError as error:
            if error.kind in {Kind.RETRY, Kind.CREDENTIALS}:
                raise
            return None, _nobody(error)

    def _create(self, order: Order) -> tuple[FoundIssue, str]:
        """Made as ordered, or with what a sure refusal asks to be changed; each but once.

        Answers the issue, and what was left out.
        """
        note = ""
        while True:
            try:
                return self._client.create_issue(order), note
            except ProviderError as error:
                if codes.says(error, codes.WORKING_HOURS_REQUIRED) and not order.working_hours:
                    order = replace(order, working_hours=WORKING_HOURS)
                elif codes.says(error, codes.ASSIGNEE_REFUSED) and order.assignee_id:
                    order, note = replace(order, assignee_id=None), _nobody(error)
                else:
                    raise

    def _told(self, base: str, project: str, found: FoundIssue, note: str = "") -> Issue:
        return Issue(
            number=str(found.code),
            url=issue_pages.url_of(base, project, found.code),
            progress=PROGRESS.get(found.status_type, IssueProgress.UNKNOWN),
            progress_name=(found.status_name or found.status_type)[:100],
            note=note[:500],
        )


def _nobody(error: ProviderError) -> str:
    ours = {"no_contact", "no_account", "ambiguous_account", "too_many_members"}
    why = error.message if error.code in ours else codes.explain(error)[0]
    return _("没有指定处理人：%(why)s", why=why)


def make(credentials: AppCredentials, deadline_seconds: float) -> CodingIssues:
    """An adapter for one piece of work, to be over within the deadline; needs an app context.

    credentials.app_key: the service address as saved; app_secret: the token.
    """
    config = current_app.config
    client = CodingClient(
        credentials.app_key,
        credentials.app_secret,
        deadline=Deadline(deadline_seconds),
        timeout=config["HTTP_TIMEOUT"],
        outside=Outside.of(config["ALLOWED_NETWORKS"], config["ALLOW_LOOPBACK"]),
    )
    return CodingIssues(client)
