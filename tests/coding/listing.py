"""A project with as many issues as a test wants, listed the way it wants, over real HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.raw_servers import RawServer, answer


@dataclass
class Lists:
    """Issues 1 to count; marked: number → what its title ends with.

    most: rows given at once, however many are asked for. search: what a search answers,
    "nothing" or "everything". age_minutes: of a number. vanish_after_first: how many of the newest
    are deleted after the first page. pages: how many of the list were given.
    """

    count: int
    marked: dict[int, str] = field(default_factory=dict)
    most: int = 500
    search: str = "nothing"
    is_newest_first: bool = True
    age_minutes: Callable[[int], float] = lambda _code: 0
    vanish_after_first: int = 0
    pages: int = 0

    def server(self) -> RawServer:
        return RawServer(self._say)

    def _say(self, sock, request: bytes) -> None:
        body = json.loads(request.split(b"\r\n\r\n", 1)[1])
        numbers = range(self.count, 0, -1) if self.is_newest_first else range(1, self.count + 1)
        if body["Action"] == "DescribeIssueListWithPage":
            found = numbers[: body["PageSize"]] if self.search == "everything" else []
            response = {"Data": {"List": [self._shown(one) for one in found]}}
        else:
            if self.pages:
                numbers = numbers[self.vanish_after_first :]
            self.pages += 1
            rows = min(body["Limit"], self.most)
            found = numbers[body["Offset"] : body["Offset"] + rows]
            response = {"IssueList": [self._shown(one) for one in found]}
        sock.sendall(answer(json.dumps({"Response": response}).encode()))

    def _shown(self, code: int) -> dict:
        name = f"事项 {code} {self.marked.get(code, '')}"
        created = (time.time() - 60 * self.age_minutes(code)) * 1000
        return {"Code": code, "Name": name, "CreatedAt": int(created), "IssueStatusType": "TODO"}
