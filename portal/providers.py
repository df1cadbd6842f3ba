"""The only list of approval providers: name → title and adapter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.blueprints.dingtalk import approval as dingtalk
from portal.domain.provider import AppCredentials, ApprovalProvider, ProviderFactory


@dataclass(frozen=True)
class ProviderEntry:
    """title: as people read it, a lazy text. make: builds an adapter for one piece of work."""

    title: str
    make: ProviderFactory


PROVIDERS: dict[str, ProviderEntry] = {
    "dingtalk": ProviderEntry(dingtalk.DingTalkApproval.title, dingtalk.make),
}


def make(
    name: str,
    credentials: AppCredentials,
    deadline_seconds: float,
    count: Callable[[str], None],
) -> ApprovalProvider:
    """An adapter for one piece of work, to be over within the deadline."""
    return PROVIDERS[name].make(credentials, deadline_seconds, count)
