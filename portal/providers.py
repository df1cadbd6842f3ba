"""The only list of approval providers: name → title and adapter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.blueprints.dingtalk import approval as dingtalk
from portal.blueprints.feishu import approval as feishu
from portal.domain.provider import AppCredentials, ApprovalProvider, ProviderFactory


@dataclass(frozen=True)
class ProviderEntry:
    """What is known of a provider without an adapter at hand.

    title: as people read it, a lazy text. finds_by: the fields of a Contact by which it finds
    people. make: builds an adapter for one piece of work.
    """

    title: str
    finds_by: tuple[str, ...]
    make: ProviderFactory


PROVIDERS: dict[str, ProviderEntry] = {
    "dingtalk": ProviderEntry(
        dingtalk.DingTalkApproval.title, dingtalk.DingTalkApproval.finds_by, dingtalk.make
    ),
    "feishu": ProviderEntry(
        feishu.FeishuApproval.title, feishu.FeishuApproval.finds_by, feishu.make
    ),
}


def make(
    name: str,
    credentials: AppCredentials,
    deadline_seconds: float,
    count: Callable[[str], None],
) -> ApprovalProvider:
    """An adapter for one piece of work, to be over within the deadline."""
    return PROVIDERS[name].make(credentials, deadline_seconds, count)
