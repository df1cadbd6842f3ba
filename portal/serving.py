"""`python wsgi.py [--demo]`: migrate, make the first admin, tick, and serve, in one process."""

from __future__ import annotations

import argparse
import ipaddress
import logging
import os
import signal
import sys

import flask_migrate
from flask import Flask
from waitress import create_server

from portal import config as settings
from portal import create_app, demo, first_start, jobs, presence, schema
from portal.kit.console import say

THREADS = 8


def run(arguments: list[str]) -> int:
    """Serve until SIGTERM or Ctrl-C; answers the exit code."""
    parser = argparse.ArgumentParser(prog="wsgi.py", description=__doc__)
    parser.add_argument("--demo", action="store_true", help="with the sandbox and made-up people")
    options = parser.parse_args(arguments)
    try:
        config = demo.config() if options.demo else settings.load()
        _plain_cookies_on_loopback(config)
        app = create_app(config)
        presence.check(app, patient=True)
        schema.check(app, upgrades=True)
    except (settings.ConfigError, presence.OtherMachine, schema.WrongSchema) as error:
        say(f"portal: {error}", sys.stderr)
        return 2
    _quiet_migrations()
    with app.app_context():
        flask_migrate.upgrade()
        for line in demo.prepare() if options.demo else first_start.prepare():
            say(line)
    return _serve(app, options.demo)


def _plain_cookies_on_loopback(config: dict) -> None:
    """A browser keeps no Secure cookie from plain http, which is what this machine serves."""
    if config["SECURE_COOKIES_GIVEN"]:
        return
    host = config["HOST"]
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if loopback:
        config["SECURE_COOKIES"] = False


def _quiet_migrations() -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)


def _serve(app: Flask, with_sandbox: bool) -> int:
    host, port = app.config["HOST"], app.config["PORT"]
    try:
        server = create_server(app, host=host, port=port, threads=THREADS, ident=None)
        sandbox = demo.start_sandbox(app) if with_sandbox else None
    except (OSError, ValueError) as error:  # a host that is no name is a ValueError
        say(f"portal: cannot listen on {host}:{port} or the next port: {error}", sys.stderr)
        return 2
    here = presence.enter(app)
    clock = jobs.Clock(app)
    clock.start()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    say(f"Portal: http://{host}:{port}")
    try:
        server.run()
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        server.close()
        is_done = clock.stop()
        here.end()
        if sandbox is not None:
            sandbox.shutdown()
    if not is_done:
        os._exit(0)
    return 0
