"""Problem SQL pushed to the tracker: each once, in the outbox, with its number and link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.models import IssueKind, IssuePriority, Member, ProblemIssue, ProblemSql, Project

TRACKER = "coding"


@dataclass(frozen=True)
class PushOrder:
    """What the push form holds.

    project   the tracker's project; must be given
    priority  None: by each problem's level, see `proposed`
    assignee  None: each problem's own
    parent    number of the issue that a SUB_TASK belongs under
    """

    project: str
    kind: IssueKind
    priority: IssuePriority | None = None
    assignee: Member | None = None
    parent: int | None = None


@dataclass(frozen=True)
class Pushed:
    """What one press did. batch: its name for `progress`; known: were there before, only linked;
    waiting: are under way since an earlier press.
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
    raise NotImplementedError


def progress(project: Project, batch: str) -> Progress | None:
    """How far this batch has come; None when the project has no such batch."""
    raise NotImplementedError


def retry(issue: ProblemIssue, actor: Member) -> None:
    """Try a failed one again, as it was ordered. Raises RuleError."""
    raise NotImplementedError
