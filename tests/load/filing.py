"""Filing by the fields of the real form, one ticket after the other."""

from __future__ import annotations

import secrets

from tests.load.measure import Line

LIST = "/projects/pay/tickets"


class Submitter:
    """A browser that files a ticket each time it is called; answers the status, 500 for no ticket.

    keeps: whether it keeps its connection, as a browser does, or makes a new one each time.
    """

    def __init__(self, base: str, cookie: str, token: str, source: str, keeps: bool = True):
        self._base, self._cookie, self._keeps = base, cookie, keeps
        self._line = Line(base, cookie)
        self._fields = {"csrf_token": token, "datasource": source, "description": "修复数据"}
        self._number = 0
        self.refusal = b""

    def __call__(self) -> int:
        self._number += 1
        fields = self._fields | {
            "subject": f"改订单状态 {self._number}",
            "sql": f"UPDATE orders SET state = 2 WHERE id = {self._number}",
            "nonce": secrets.token_hex(16),  # as each page of the form brings its own
        }
        if not self._keeps:
            self._line.close()
        status = self._line.post(f"{LIST}/new", fields)
        if status != 302:
            self.refusal = self._line.body
            return status
        return status if self._line.location.startswith(f"{LIST}/") else 500
