"""The platforms' stand-in of one test: over real HTTP, with its control door."""

from __future__ import annotations

import json
import urllib.request

import pytest

from portal.kit.errors import ProviderError
from portal.sandbox.serve import start_thread


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


def refused(call, *args) -> ProviderError:
    """The error by which this call ends."""
    with pytest.raises(ProviderError) as caught:
        call(*args)
    return caught.value
