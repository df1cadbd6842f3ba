"""A PyMySQL connection to one checked address, over a socket of our own."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass

import pymysql

from portal.kit.databases.address import reach
from portal.kit.databases.errors import TargetError, TargetErrorKind
from portal.kit.databases.line import Guard
from portal.kit.databases.mysql.driver import driver, is_mariadb, prepare
from portal.kit.databases.mysql.failing import connect_failure
from portal.kit.databases.target import Limits, Target
from portal.kit.http import Deadline

# A peer that vanished without a word is noticed after about a minute.
_KEEPALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 60_000),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
)


@dataclass(frozen=True)
class Connected:
    """An open connection, its checked address, and the handle that cuts it from elsewhere.

    patience  seconds for a question of ours
    """

    connection: pymysql.Connection
    address: str
    guard: Guard
    patience: float

    @property
    def is_mariadb(self) -> bool:
        return is_mariadb(self.connection)

    def close(self) -> None:
        """Never raises."""
        if self.connection.open:
            self.connection.close()
        self.guard.close()


def connect(target: Target, name: str, limits: Limits, raw: bool = False) -> Connected:
    """Open, in autocommit, with our limits set. Raises TargetError.

    name  the program_name among the connection's attributes (performance_schema)
    raw   rows come as bytes: nothing in them is decoded
    """
    return reach(
        target,
        Deadline(limits.connect),
        lambda address, seconds: _connect(target, address, name, limits, seconds, raw),
    )


def connect_to(target: Target, address: str, name: str, limits: Limits) -> Connected:
    """The same, to an address that was checked before."""
    return _connect(target, address, name, limits, limits.connect, raw=False)


def _connect(  # noqa: PLR0917  one step, two doors
    target: Target, address: str, name: str, limits: Limits, seconds: float, raw: bool
) -> Connected:
    deadline = Deadline(seconds)
    result = _try(target, address, name, limits, deadline, raw, plain=False)
    if result is None:
        # The server offers a TLS too old for us: as with any server that offers none.
        result = _try(target, address, name, limits, deadline, raw, plain=True)
    if isinstance(result, Connected):
        return result
    raise result


def _try(  # noqa: PLR0917
    target: Target,
    address: str,
    name: str,
    limits: Limits,
    deadline: Deadline,
    raw: bool,
    plain: bool,
) -> Connected | TargetError | None:
    """None: TLS was offered and failed. Errors are answered, so that none has a context."""
    try:
        seconds = max(deadline.remaining(), 0.001)
        sock = socket.create_connection((address, target.actual_port), seconds)
    except (OSError, OverflowError) as error:
        code = "timeout" if isinstance(error, TimeoutError) else "connect"
        message = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return TargetError(TargetErrorKind.UNREACHABLE, code, message)
    for option in _KEEPALIVE:
        sock.setsockopt(*option)
    guard = Guard(sock.fileno())
    try:
        with guard.within(deadline.remaining()):
            connection = driver(target, name, raw, plain)
            connection.connect(sock)
            prepare(connection, limits)
    except Exception as error:  # noqa: BLE001  an odd greeting raises anything: no session
        sock.close()
        guard.close()
        if isinstance(getattr(error, "original_exception", None), ssl.SSLError) and not plain:
            return None
        if isinstance(error, TargetError):
            return error
        return connect_failure(error, target.password, is_late=deadline.remaining() <= 0)
    return Connected(connection, address, guard, limits.connect)
