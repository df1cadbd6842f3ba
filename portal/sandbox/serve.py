"""Serve the sandbox: `python -m portal.sandbox.serve --port N [--store FILE]`.

Werkzeug's threaded server: it hands the socket to the application, so that faults can really cut
a connection. For tests and demos only.
"""

import argparse
import threading

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from . import create_sandbox


class QuietHandler(WSGIRequestHandler):
    """The sandbox keeps its own log; paths with tokens in them must not reach the terminal."""

    def log_request(self, code="-", size="-") -> None:
        return

    def connection_dropped(self, error, environ=None) -> None:
        """After a cut there is nothing more to read: the socket may be gone altogether."""
        self.close_connection = True


def make(host: str, port: int, store_path=None) -> BaseWSGIServer:
    """A server that listens already; port 0 takes a free one, told in `.port`."""
    return make_server(
        host, port, create_sandbox(store_path), threaded=True, request_handler=QuietHandler
    )


def serve(host: str, port: int, store_path=None) -> None:
    """Serve until interrupted; prints one line with the address when ready."""
    server = make(host, port, store_path)
    print(f"Sandbox ready: http://{host}:{server.port}", flush=True)
    server.serve_forever()


def start_thread(host: str, port: int, store_path=None) -> BaseWSGIServer:
    """Serve from a thread of this process. Returns the server: `.port`, `.shutdown()`."""
    server = make(host, port, store_path)
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="sandbox", daemon=True
    ).start()
    return server


def main() -> None:
    parser = argparse.ArgumentParser(prog="portal.sandbox.serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--store", help="SQLite file that outlives restarts (default: memory)")
    given = parser.parse_args()
    serve(given.host, given.port, given.store)


if __name__ == "__main__":
    main()
