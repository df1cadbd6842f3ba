"""The WSGI entry: `app` for gunicorn; `python wsgi.py [--demo]` serves it with the scheduler."""

from __future__ import annotations

import os
import sys

from portal import create_app, first_start, presence, schema
from portal.config import ConfigError
from portal.kit.console import say
from portal.serving import run

if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))

try:
    app = create_app()
except ConfigError as error:
    sys.exit(f"portal: {error}")

# Under gunicorn nobody else makes the first admin; `flask` commands see to it by themselves.
if os.environ.get("FLASK_RUN_FROM_CLI") != "true":
    try:
        presence.check(app, patient=False)  # gunicorn kills a worker that takes its time to boot
        schema.check(app, upgrades=False)
    except (presence.OtherMachine, schema.WrongSchema) as error:
        sys.exit(f"portal: {error}")
    with app.app_context():
        for line in first_start.prepare():
            say(line)
    presence.enter(app)
