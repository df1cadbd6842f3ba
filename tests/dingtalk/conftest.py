"""DingTalk's stand-in over real HTTP, its control door, and an adapter that talks to it."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass, field

import pytest

from portal.blueprints.dingtalk.approval import DingTalkApproval
from portal.blueprints.dingtalk.client import DingTalkClient
from portal.blueprints.dingtalk.tokens import TokenCache
from portal.domain.provider import ApprovalRequest, CardRow
from portal.kit.http import Deadline
from portal.sandbox.seed import DEFAULT_APP_KEY, DEFAULT_APP_SECRET
from portal.sandbox.serve import start_thread

WITHDRAW_SECONDS = 16
KEY = "Pab12-7-R1-S1-I1"


class Sandbox:
    """The stand-in of one test."""

    def __init__(self) -> None:
        self._server = start_thread("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def get(self, path: str) -> dict:
        return self._ask(urllib.request.Request(self.url + "/control" + path))

    def post(self, path: str, **body) -> dict:
        request = urllib.request.Request(
            self.url + "/control" + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        return self._ask(request)

    def _ask(self, request: urllib.request.Request) -> dict:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def fault(self, match: str, kind: str, **more) -> None:
        self.post("/faults", match=match, kind=kind, **more)

    def press(self, card: str, action: str, **more) -> dict:
        return self.post(f"/cards/{card}/{action}", **more)

    def cards(self) -> list[dict]:
        return self.get("/cards")["cards"]

    def paths(self) -> dict[str, int]:
        return self.get("/calls")["by_path"]

    def templates(self) -> list[dict]:
        return self.get("/templates")["templates"]


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


@pytest.fixture
def opened(adapter):
    """A card that is open over there: adapter, its id, its request."""
    provider = adapter()
    request = card_request(template_code=provider.prepare_template(None))
    return provider, provider.start(request), request
