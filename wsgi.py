"""The WSGI entry: `app` for gunicorn; `python wsgi.py [--demo]` serves it with the scheduler."""

from __future__ import annotations

import sys

from portal import create_app
from portal.config import ConfigError
from portal.serving import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))

try:
    app = create_app()
except ConfigError as error:
    sys.exit(f"portal: {error}")
