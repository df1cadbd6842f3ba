"""The connection itself: cut it, break an answer off, let it drip, flood it.

Works where the server puts the socket into the environment: Werkzeug's (see serve.py), gunicorn's.
"""

import gzip
import os
import socket
import struct
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import NoReturn

FLOOD_BYTES = 50 * 1024 * 1024
PIECE = b" " * 65536


@dataclass
class Answer:
    """A finished answer: what the view made, or what a test ordered."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def raw(self) -> bytes:
        """The bytes that go over the wire."""
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines += [f"Date: {formatdate(usegmt=True)}", "Server: sandbox", "Connection: close"]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body

    def send(self, start_response) -> list[bytes]:
        """Answer as a WSGI application does."""
        start_response(f"{self.status} {_phrase(self.status)}", self.headers)
        return [self.body]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _socket(environ: dict) -> socket.socket:
    found = environ.get("werkzeug.socket") or environ.get("gunicorn.socket")
    if found is None:
        raise RuntimeError("this server hides its sockets; serve with portal.sandbox.serve")
    return found


def cut(environ: dict, is_reset: bool = False) -> NoReturn:
    """Close the connection with nothing (more) said; is_reset: with RST instead of FIN."""
    connection = _socket(environ)
    if is_reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(connection.detach())
    else:
        connection.shutdown(socket.SHUT_RDWR)
    # Werkzeug's server takes this for a client that has gone, and says nothing either.
    raise ConnectionAbortedError("cut by order")


def send_part(environ: dict, answer: Answer, count: int) -> NoReturn:
    """The first `count` bytes of the answer, head included, then nothing more."""
    _socket(environ).sendall(answer.raw()[:count])
    cut(environ)


def drip(environ: dict, answer: Answer, seconds: float) -> NoReturn:
    """The answer byte by byte, with a pause after each; ends early when the client leaves."""
    connection = _socket(environ)
    for byte in answer.raw():
        connection.sendall(bytes([byte]))
        time.sleep(seconds)
    cut(environ)


def flood(environ: dict, total: int | None, is_gzip: bool, is_chunked: bool) -> NoReturn:
    """Far too much answer: `total` bytes plain or gzipped (a bomb), or chunks without end."""
    connection, total = _socket(environ), total or FLOOD_BYTES
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
    if is_chunked:
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        while True:
            connection.sendall(b"%x\r\n%b\r\n" % (len(PIECE), PIECE))
    if is_gzip:
        bomb = gzip.compress(b" " * total)
        head += f"Content-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
        connection.sendall(head.encode() + bomb)
        cut(environ)
    connection.sendall(f"{head}Content-Length: {total}\r\n\r\n".encode())
    for _ in range(0, total, len(PIECE)):
        connection.sendall(PIECE)
    cut(environ)
