"""A listener on this machine that nobody may reach: it counts who connects."""

from __future__ import annotations

import socket


class Canary:
    """Count with `connections`, once: it closes the listener."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.2)
        self.port = self._listener.getsockname()[1]

    def connections(self) -> int:
        """How many have connected since it was made."""
        count = 0
        with self._listener:
            while True:
                try:
                    self._listener.accept()[0].close()
                except TimeoutError:
                    return count
                count += 1

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()
