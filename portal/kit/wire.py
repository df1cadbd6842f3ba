"""One outgoing connection: found, opened, its peer checked, and cut when its time is over.

No library timeout bounds a whole exchange (a byte every 50 ms never trips one), so a watchdog
shuts the socket down when the time is over. The connection also remembers whether a byte of
the request may have left: that is what makes a failure a sure no or an unknown outcome.
"""

from __future__ import annotations

import http.client
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable
from functools import partial

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

CONNECT_SECONDS = 3.0  # name look-up and TCP handshake together

AddressRule = Callable[[str], bool]
"""Whether an exchange may talk to this address ("10.0.0.1", "::1")."""


class PeerRefused(Exception):
    """The address rule does not allow what the name leads to, or the peer that answered."""


class TimeShort(Exception):
    """Too little of the caller's time is left to send the request and hear the answer."""


class Wire:
    """The life of one connection, at most `seconds` long, from the look-up to the last byte.

    may_send  asked just before the first byte; False raises TimeShort
    """

    def __init__(
        self, seconds: float, address_rule: AddressRule | None, may_send: Callable[[], bool]
    ) -> None:
        self.is_sent = False
        self.is_expired = False
        self.is_connected = False
        self.reason = ""
        self._address_rule = address_rule
        self._may_send = may_send
        self._ends = time.monotonic() + seconds
        self._guard: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Wire:
        self._timer.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._timer.cancel()
        with self._lock:
            if self._guard is not None:
                self._guard.close()
                self._guard = None

    def open(self, host: str, port: int) -> socket.socket:
        """A connected socket whose peer the rule allows, within CONNECT_SECONDS.

        Every address of the name is judged before any is connected: a port of this machine or
        of its network that was only knocked at has been told something already.
        """
        ends = min(time.monotonic() + CONNECT_SECONDS, self._ends)
        try:
            addresses = _resolve(host, port, ends - time.monotonic())
            for one in addresses:
                self._judge(one[4][0])
            sock = _connect(addresses, ends)
        except OSError as error:
            self.reason = error.strerror or str(error) or type(error).__name__
            raise
        try:
            self._watch(sock)
            self._judge(sock.getpeername()[0])
            sock.settimeout(max(self._ends - time.monotonic(), 0.001))
        except BaseException:
            sock.close()
            raise
        self.is_connected = True
        return sock

    def about_to_send(self) -> None:
        """Called before each send: from the first on, the far side may have heard us."""
        if not self.is_sent and not self._may_send():
            raise TimeShort
        self.is_sent = True

    def _judge(self, address: str) -> None:
        if self._address_rule is not None and not self._address_rule(address):
            raise PeerRefused(address)

    def _watch(self, sock: socket.socket) -> None:
        # A duplicate, because wrapping in TLS takes the socket's own descriptor away.
        with self._lock:
            if self.is_expired:
                raise TimeoutError
            self._guard = sock.dup()

    def _cut(self) -> None:
        with self._lock:
            self.is_expired = True
            if self._guard is not None:
                try:
                    self._guard.shutdown(socket.SHUT_RDWR)
                except OSError:
                    self.reason = self.reason or "closed"


def _resolve(host: str, port: int, seconds: float) -> list[tuple]:
    # getaddrinfo knows no timeout of its own: it runs beside us and is left behind when late.
    found: queue.SimpleQueue = queue.SimpleQueue()

    def look() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.put(error)

    threading.Thread(target=look, daemon=True).start()
    try:
        result = found.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        raise TimeoutError("name look-up timed out") from None
    if isinstance(result, OSError):
        raise result
    if isinstance(result, UnicodeError):
        raise OSError("not a host name")
    return result


def _connect(addresses: list[tuple], ends: float) -> socket.socket:
    failure: OSError = OSError("no address")
    for position, (family, kind, protocol, _name, address) in enumerate(addresses):
        # The time left is shared, so that one dead address leaves some for the next.
        left = (ends - time.monotonic()) / (len(addresses) - position)
        if left <= 0:
            break
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(left)
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure


class _LastLine:
    """Reads lines for http.client and remembers the last one."""

    def __init__(self, stream) -> None:
        self._stream = stream
        self.line = b""

    def readline(self, *args: int) -> bytes:
        self.line = self._stream.readline(*args)
        return self.line

    def close(self) -> None:
        self._stream.close()


class _WholeHeadResponse(http.client.HTTPResponse):
    """http.client takes a head cut in the middle for a complete answer with an empty body."""

    def begin(self) -> None:
        stream = self.fp
        self.fp = watched = _LastLine(stream)
        try:
            super().begin()
        finally:
            if self.fp is watched:
                self.fp = stream
        if watched.line not in (b"\r\n", b"\n"):
            self.close()
            raise http.client.IncompleteRead(watched.line)


class _WiredMixin:
    """A urllib3 connection that opens and sends through a Wire."""

    response_class = _WholeHeadResponse

    def __init__(self, *args, wire: Wire, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._wire = wire

    def _new_conn(self) -> socket.socket:
        return self._wire.open(self._dns_host, self.port)

    def connect(self) -> None:
        try:
            super().connect()
        except ssl.SSLCertVerificationError as error:
            self._wire.reason = error.verify_message
            raise
        except ssl.SSLError as error:
            self._wire.reason = error.reason or "TLS"
            raise

    def send(self, data) -> None:
        if self.sock is None:
            self.connect()
        self._wire.about_to_send()
        super().send(data)


class _WiredHTTP(_WiredMixin, HTTPConnection):
    pass


class _WiredHTTPS(_WiredMixin, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _WiredHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _WiredHTTPS


def pool_classes(wire: Wire) -> dict[str, Callable]:
    """What a urllib3 PoolManager makes its pools from, so that they all use this wire."""
    return {"http": partial(_HTTPPool, wire=wire), "https": partial(_HTTPSPool, wire=wire)}
