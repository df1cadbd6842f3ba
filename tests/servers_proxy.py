"""A TCP proxy before a server, to be cut in the middle, or to lose an answer."""

from __future__ import annotations

import contextlib
import socket
import threading

from tests.raw_servers import resets


class Proxy:
    """Passes everything on to a server on 127.0.0.1 until it is cut. A context manager.

    port         where it listens
    connections  how many came
    has_lost     set when an answer was lost by `lose_answer_to`
    """

    def __init__(self, server_port: int) -> None:
        self.connections = 0
        self.has_lost = threading.Event()
        self._marker: bytes | None = None
        self._after = b""
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

    def lose_answer_to(self, marker: bytes, after: bytes = b"") -> None:
        """Of the next request that holds these bytes, the server has the effect and answers it.

        Nobody hears the answer: the connection stays open, and silent, until it is cut.
        after: what the same connection must have said before that.
        """
        self.has_lost.clear()
        self._marker, self._after = marker, after

    def cut(self) -> None:
        """End every connection on both sides, at once and without a word."""
        # Whoever connects again while this goes on is not meant.
        sockets, self._sockets = self._sockets, []
        for sock in sockets:
            with contextlib.suppress(OSError):
                # close() alone would wait for the thread that reads it.
                sock.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                resets(sock)

    def _accept(self) -> None:
        while True:
            try:
                client, _peer = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self._server_port))
            self._sockets.extend((client, server))
            is_deaf = threading.Event()
            for work in (self._ask, self._answer):
                threading.Thread(target=work, args=(client, server, is_deaf), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, is_deaf) -> None:
        is_meant = False
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                is_meant = is_meant or (self._marker is not None and self._after in data)
                if is_meant and self._marker is not None and self._marker in data:
                    self._marker = None
                    is_deaf.set()
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _answer(self, client: socket.socket, server: socket.socket, is_deaf) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if is_deaf.is_set():
                    self.has_lost.set()
                else:
                    client.sendall(data)
            client.shutdown(socket.SHUT_WR)
