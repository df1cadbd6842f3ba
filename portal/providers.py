"""The only list of approval providers and issue trackers: name → title and adapter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.blueprints.coding import issues as coding
from portal.blueprints.dingtalk import approval as dingtalk
from portal.blueprints.feishu import approval as feishu
from portal.domain.provider import AppCredentials, ApprovalProvider, ProviderFactory
from portal.domain.tracker import IssueTracker, TrackerFactory


@dataclass(frozen=True)
class ProviderEntry:
    """What is known of a provider without an adapter at hand.

    title: as people read it, a lazy text. finds_by: the fields of a Contact by which it finds
    people. list_size: for how many cards one call answers, None where each is asked for by itself.
    make: builds an adapter for one piece of work.
    """

    title: str
    finds_by: tuple[str, ...]
    list_size: int | None
    make: ProviderFactory


@dataclass(frozen=True)
class TrackerEntry:
    """The same of an issue tracker."""

    title: str
    make: TrackerFactory


PROVIDERS: dict[str, ProviderEntry] = {
    "dingtalk": ProviderEntry(
        dingtalk.DingTalkApproval.title,
        dingtalk.DingTalkApproval.finds_by,
        dingtalk.DingTalkApproval.list_size,
        dingtalk.make,
    ),
    "feishu": ProviderEntry(
        feishu.FeishuApproval.title,
        feishu.FeishuApproval.finds_by,
        feishu.FeishuApproval.list_size,
        feishu.make,
    ),
}

TRACKERS: dict[str, TrackerEntry] = {
    coding.CodingIssues.name: TrackerEntry(coding.CodingIssues.title, coding.make),
}


def make(
    name: str,
    credentials: AppCredentials,
    deadline_seconds: float,
    count: Callable[[str], None],
) -> ApprovalProvider:
    """An adapter for one piece of work, to be over within the deadline."""
    return PROVIDERS[name].make(credentials, deadline_seconds, count)


def make_tracker(
    name: str, credentials: AppCredentials, deadline_seconds: float
) -> IssueTracker:
    """The same of an issue tracker."""
    return TRACKERS[name].make(credentials, deadline_seconds)
