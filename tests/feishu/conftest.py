"""Feishu's stand-in over real HTTP, and an adapter that talks to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from portal.blueprints.feishu.approval import FeishuApproval
from portal.blueprints.feishu.client import FeishuClient
from portal.domain.provider import ApprovalRequest, CardRow
from portal.kit.http import Deadline
from portal.kit.tokens import TokenCache
from portal.sandbox.feishu.ids import open_id
from portal.sandbox.seed import FEISHU_APP_ID, FEISHU_APP_SECRET
from tests.far_side import Sandbox

KEY = "Pab12-7-R1-S1-I1"


def who(userid: str, app_id: str = FEISHU_APP_ID) -> str:
    """The open_id by which this app knows a person."""
    return open_id(app_id, userid)


ZHANGSAN, LISI, WANGWU, SUNQI = (who(name) for name in ("zhangsan", "lisi", "wangwu", "sunqi"))


@pytest.fixture
def sandbox():
    made = Sandbox()
    yield made
    made.close()


@dataclass
class Adapter:
    """An adapter's making, with the calls it counted."""

    url: str
    app_id: str = FEISHU_APP_ID
    app_secret: str = FEISHU_APP_SECRET
    tokens: TokenCache = field(default_factory=TokenCache)
    counted: list[str] = field(default_factory=list)

    def client(self, seconds: float = 60, timeout: float = 5) -> FeishuClient:
        return FeishuClient(
            self.app_id,
            self.app_secret,
            address=self.url,
            deadline=Deadline(seconds),
            timeout=timeout,
            count=self.counted.append,
            tokens=self.tokens,
        )

    def __call__(self, **kwargs) -> FeishuApproval:
        return FeishuApproval(self.client(**kwargs))


@pytest.fixture
def adapter(sandbox) -> Adapter:
    return Adapter(sandbox.url)


def card_request(**changes) -> ApprovalRequest:
    """A card from 张三, to be decided by 李四."""
    values = {
        "key": KEY,
        "template_code": "",
        "originator": ZHANGSAN,
        "approvers": [LISI],
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
