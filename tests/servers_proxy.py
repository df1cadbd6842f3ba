"""A TCP proxy before a database server, to be cut in the middle."""

from __future__ import annotations

import contextlib
import socket
import threading

from tests.raw_servers import resets


class Proxy:
    """Passes everything on to a server on 127.0.0.1 until it is cut. A context manager.

    port         where it listens
    connections  how many came
    """

    def __init__(self, server_port: int) -> None:
        self.connections = 0
        self._server_port = server_port
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_exc: object) -> None:
        # shutdown() first: close() alone does not wake the thread that accepts.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End every connection on both sides, at once and without a word."""
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                # close() alone would wait for the thread that reads it.
                sock.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                resets(sock)
        self._sockets.clear()

    def _accept(self) -> None:
        while True:
            try:
                client, _peer = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self._server_port))
            self._sockets += [client, server]
            for pair in ((client, server), (server, client)):
                threading.Thread(target=_pass_on, args=pair, daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
