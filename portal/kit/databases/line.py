"""What each kind of database has to offer: one connection, in its driver's words."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from portal.kit.databases.errors import TargetError, TargetErrorKind


@dataclass(frozen=True)
class Blocker:
    """A session that others wait for. Empty where the account may not see it.

    Never what it runs: others' SQL has no business on our pages and in messages.

    state      the server's own word ("idle in transaction", "Sleep")
    seconds    how long it has been so (MySQL), or how old its transaction is (PostgreSQL)
    is_likely  the server does not tell who holds the lock; this session may
    """

    session: str
    user: str = ""
    host: str = ""
    state: str = ""
    seconds: int | None = None
    is_likely: bool = False


class Line(Protocol):
    """One live connection. Methods raise the driver's errors, which failure() puts into ours.

    server_id  identifies this session on its server for good: the number that people see there,
               then "@" and a mark that no later session with the same number shares
    server_identity  identifies the server itself: the same after its restart, another elsewhere
    enforces_statement_limit  the server itself ends every statement that takes too long
    """

    server_id: str
    server_identity: str
    enforces_statement_limit: bool

    @property
    def is_open(self) -> bool:
        """Whether a statement can still be sent."""

    def begin(self) -> None:
        """Open a transaction."""

    def is_in_transaction(self) -> bool:
        """Whether the server holds a transaction open, or would open one by itself."""

    def transaction_id(self) -> str:
        """The open transaction's id, empty where there is none to ask about later."""

    def run(self, sql: str) -> int | None:
        """One statement, byte for byte; rows changed or found; keeps none in memory."""

    def commit(self) -> None:
        """End the transaction for good."""

    def rollback(self) -> bool:
        """Undo the transaction; False when the server says that not all could be undone."""

    def failure(self, error: Exception, asked: TargetErrorKind | None) -> TargetError:
        """What the driver's error means. asked: why we asked to stop, if we did."""

    def cancel(self) -> None:
        """From another thread: ask the server to stop the statement. Raises TargetError."""

    def blockers(self) -> list[Blocker]:
        """From another thread: who keeps this session waiting. Raises TargetError."""

    def cut(self) -> None:
        """From another thread: end the connection, whatever the server is doing."""

    def close(self) -> None:
        """Let go; never raises."""


class Guard:
    """A second handle of a driver's socket, to end it from another thread.

    Drivers put TLS over a socket and close it as they like; a duplicate stays ours.
    """

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=socket.dup(descriptor))

    def cut(self) -> None:
        """Ends the connection in both directions; the driver's reads and writes return."""
        with contextlib.suppress(OSError):  # ended already
            self._socket.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Cuts when the block takes longer: no timeout of a driver bounds several exchanges."""
        timer = threading.Timer(max(seconds, 0.001), self.cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def close(self) -> None:
        self._socket.close()
