"""A door before the sandbox that can be shut for the n-th connection from now."""

from __future__ import annotations

import contextlib
import socket
import threading

from tests.raw_servers import resets

HOST = "127.0.0.1"


class Front:
    """Passes each connection on to the sandbox. A context manager; url: where it listens.

    Every exchange of the portal's is a connection of its own, so that "the third exchange is
    refused" can be played without knowing what it asks for.
    """

    def __init__(self, sandbox_port: int):
        self._sandbox_port = sandbox_port
        self._allowed: int | None = None
        self._fillers: list[socket.socket] = []
        self._hangs = False
        self._port = 0
        self.open()
        self.url = f"http://{HOST}:{self._port}"

    def __enter__(self) -> Front:
        return self

    def __exit__(self, *_exception) -> None:
        self._close()
        self._empty()

    def open(self) -> None:
        """Let everybody pass, from now on."""
        self._close()
        self._empty()
        self._allowed = None
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((HOST, self._port))
        self._port = self._listener.getsockname()[1]
        self._listener.listen(0)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def shut_after(self, passing: int, hangs: bool) -> None:
        """After so many more, connections are refused; or hang, as behind a full backlog."""
        self._hangs = hangs
        self._allowed = passing
        if not passing:
            self._shut()

    def _shut(self) -> None:
        self._close()
        if not self._hangs:
            return
        # A listener that nobody accepts from, and as many clients as the kernel queues.
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((HOST, self._port))
        self._listener.listen(0)
        for _client in range(3):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex((HOST, self._port))
            self._fillers.append(filler)

    def _close(self) -> None:
        listener = getattr(self, "_listener", None)
        if listener is not None:
            # shutdown() first: close() alone does not wake the thread that accepts.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def _empty(self) -> None:
        for filler in self._fillers:
            filler.close()
        self._fillers.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _peer = listener.accept()
            except OSError:
                return
            # Shut before this one is answered: the next comes after that.
            if self._allowed is not None:
                self._allowed -= 1
                if not self._allowed:
                    self._shut()
            server = socket.create_connection((HOST, self._sandbox_port))
            for pair in ((client, server), (server, client)):
                threading.Thread(target=_pass_on, args=pair, daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    """All of it, then the end of the connection, by FIN or by RST as it was."""
    with contextlib.suppress(OSError):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except ConnectionResetError:
            resets(sink)
        else:
            sink.shutdown(socket.SHUT_WR)
