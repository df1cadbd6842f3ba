"""What an issue tracker is to us: the interface beside ApprovalProvider (DESIGN §6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from portal.domain.provider import AppCredentials, Check, CheckResult, Contact
from portal.kit.errors import Kind, ProviderError
from portal.models import IssueKind, IssuePriority, IssueProgress

__all__ = [
    "AppCredentials",
    "Check",
    "CheckResult",
    "Contact",
    "Issue",
    "IssueKind",
    "IssuePriority",
    "IssueProgress",
    "IssueRequest",
    "IssueTracker",
    "Kind",
    "ProviderError",
    "TrackerFactory",
]


@dataclass(frozen=True)
class IssueRequest:
    """One issue to be created, in our own words.

    key          ours, unique per problem: P<installation>-Q<problem id>; the title ends with it
    project      the tracker's own identifier of its project
    description  Markdown
    assignee     who is to do it, None for nobody: found over there by phone or e-mail
    parent       number of the issue that it belongs under; needed for SUB_TASK
    first_try_at UTC; when the first attempt may have left, the earliest time `find` must look at
    """

    key: str
    project: str
    kind: IssueKind
    priority: IssuePriority
    title: str
    description: str
    assignee: Contact | None = None
    parent: int | None = None
    first_try_at: datetime | None = None


@dataclass(frozen=True)
class Issue:
    """An issue as it stands over there.

    number         the tracker's own, per project, e.g. "122"
    url            its page for people; empty when it is not known
    progress_name  the tracker's own word for it, e.g. 「处理中」
    note           what of the request was left out, for people, e.g. that nobody over there has
                   the assignee's phone or e-mail; empty when nothing was
    """

    number: str
    url: str
    progress: IssueProgress
    progress_name: str = ""
    note: str = ""


class IssueTracker(Protocol):
    """One account of one tracker. Every method may raise ProviderError.

    An adapter is made for one piece of work (a delivery, a look at some issues, a press of the
    test button) with its address and token, and a deadline in seconds for the whole of it.
    """

    name: str  # as it is stored, e.g. "coding"
    title: str  # as people read it; may be a lazy text
    remembers_keys: bool  # no second issue is created under one key, and its look never lags

    def create(self, request: IssueRequest) -> Issue:
        """Create the issue. Not idempotent: see `find`."""

    def find(self, request: IssueRequest) -> Issue | None:
        """The issue already created under request.key, or None when there surely is none."""

    def fetch(self, project: str, number: str) -> Issue | None:
        """How the issue stands now; None when it surely is gone."""

    def explain(self, error: ProviderError) -> tuple[str, str]:
        """A plain sentence for people, and what to do about it (may be empty)."""

    def check(self, project: str) -> list[Check]:
        """The test button: one line a thing that must be right. Leaves nothing behind.

        project: may be empty; what needs one is then skipped.
        """


TrackerFactory = Callable[[AppCredentials, float], IssueTracker]
"""(address and token, seconds for the whole piece of work) → an adapter."""
