"""CODING's stand-in over real HTTP, and an adapter that talks to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from portal.blueprints.coding.client import CodingClient
from portal.blueprints.coding.issues import CodingIssues
from portal.blueprints.coding.schemes import SchemeMemory
from portal.domain.tracker import IssueKind, IssuePriority, IssueRequest
from portal.kit.http import Deadline
from portal.kit.outside import Outside
from portal.sandbox.seed import CODING_TOKEN
from tests.far_side import Sandbox

KEY = "Pab12-Q7"
HERE = Outside(allow_loopback=True)


@pytest.fixture
def sandbox():
    made = Sandbox()
    yield made
    made.close()


@dataclass
class Adapter:
    """An adapter's making."""

    url: str
    token: str = CODING_TOKEN
    schemes: SchemeMemory = field(default_factory=SchemeMemory)

    def client(self, seconds: float = 60, timeout: float = 5) -> CodingClient:
        return CodingClient(
            self.url,
            self.token,
            deadline=Deadline(seconds),
            timeout=timeout,
            outside=HERE,
            schemes=self.schemes,
        )

    def __call__(self, **kwargs) -> CodingIssues:
        return CodingIssues(self.client(**kwargs))


@pytest.fixture
def adapter(sandbox) -> Adapter:
    return Adapter(sandbox.url)


def order(**changes) -> IssueRequest:
    """A problem SQL, to become a task in the project shop."""
    values = {
        "key": KEY,
        "project": "shop",
        "kind": IssueKind.MISSION,
        "priority": IssuePriority.HIGH,
        "title": f"慢查询 {KEY}",
        "description": "- 数据源: orders\n\n```sql\nselect 1\n```",
        "first_try_at": datetime.now(UTC) - timedelta(minutes=1),
    }
    return IssueRequest(**(values | changes))


def calls(sandbox) -> list[str]:
    """The actions that were called, in order."""
    found = sandbox.get("/calls")["calls"]
    return [one["path"].partition("Action=")[2] for one in found]
