"""A page that does nothing, served exactly as the portal is: what this machine can do right now."""

import sys

from flask import Flask
from waitress import create_server

from portal.serving import THREADS

app = Flask(__name__)


@app.get("/")
def page() -> str:
    return "ok"


if __name__ == "__main__":
    port = int(sys.argv[1])
    server = create_server(app, host="127.0.0.1", port=port, threads=THREADS, ident=None)
    print(f"Bare page: http://127.0.0.1:{port}", flush=True)
    server.run()
