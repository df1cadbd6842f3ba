"""DingTalk's stand-in over real HTTP, and an adapter that talks to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from portal.blueprints.dingtalk.approval import DingTalkApproval
from portal.blueprints.dingtalk.client import DingTalkClient
from portal.domain.provider import ApprovalRequest, CardRow
from portal.kit.http import Deadline
from portal.kit.tokens import TokenCache
from portal.sandbox.seed import DEFAULT_APP_KEY, DEFAULT_APP_SECRET
from tests.far_side import Sandbox

WITHDRAW_SECONDS = 16
KEY = "Pab12-7-R1-S1-I1"


@pytest.fixture
def sandbox():
    made = Sandbox()
    yield made
    made.close()


@dataclass
class Adapter:
    """An adapter's making, with the calls it counted."""

    url: str
    app_key: str = DEFAULT_APP_KEY
    app_secret: str = DEFAULT_APP_SECRET
    tokens: TokenCache = field(default_factory=TokenCache)
    counted: list[str] = field(default_factory=list)

    def client(self, seconds: float = 60, timeout: float = 5) -> DingTalkClient:
        return DingTalkClient(
            self.app_key,
            self.app_secret,
            api_url=self.url,
            oapi_url=self.url,
            deadline=Deadline(seconds),
            timeout=timeout,
            count=self.counted.append,
            tokens=self.tokens,
        )

    def __call__(self, **kwargs) -> DingTalkApproval:
        return DingTalkApproval(self.client(**kwargs), WITHDRAW_SECONDS)


@pytest.fixture
def adapter(sandbox) -> Adapter:
    return Adapter(sandbox.url)


def card_request(**changes) -> ApprovalRequest:
    """A card from 张三, to be decided by 李四."""
    values = {
        "key": KEY,
        "template_code": "",
        "originator": "zhangsan",
        "approvers": ["lisi"],
        "project": "默认项目",
        "subject": "加一列",
        "description": "给订单表加一列",
        "link": "https://portal.example.com/projects/default/tickets/7",
        "action": "审核",
        "rows": [CardRow("orders", "96", "66.7%")],
        "sql": "alter table orders add column note text",
    }
    return ApprovalRequest(**(values | changes))


def started(provider, **changes):
    """A new card's id, and the request that made it."""
    request = card_request(**changes)
    if not request.template_code:
        request = replace(request, template_code=provider.prepare_template(None))
    return provider.start(request), request


@pytest.fixture
def opened(adapter):
    """A card that is open over there: adapter, its id, its request."""
    provider = adapter()
    request = card_request(template_code=provider.prepare_template(None))
    return provider, provider.start(request), request
