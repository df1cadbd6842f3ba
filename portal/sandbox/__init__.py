"""Stand-ins for the approval platforms, with phones to press 同意 and 拒绝 on, and for the tracker.

Imports nothing of the portal and is written from the platforms' documents, so that what passes
here passes there. One Flask application; every platform at its own paths.
"""

from flask import Flask, request
from werkzeug.exceptions import HTTPException

from . import control, control_apps, control_cards, control_coding, phone
from .calls import RecentCalls
from .gate import Gate, is_own
from .platforms import PLATFORMS
from .seed import (
    CODING_TEAM,
    CODING_TOKEN,
    DEFAULT_APP_KEY,
    DEFAULT_APP_SECRET,
    FEISHU_APP_ID,
    FEISHU_APP_SECRET,
    plant,
)
from .store import Store

__all__ = [
    "CODING_TEAM", "CODING_TOKEN", "DEFAULT_APP_KEY", "DEFAULT_APP_SECRET", "FEISHU_APP_ID",
    "FEISHU_APP_SECRET", "create_sandbox",
]  # fmt: skip


def create_sandbox(store_path=None) -> Flask:
    """The sandbox as an application. store_path: an SQLite file; without it, in memory."""
    app = Flask(__name__, static_url_path="/sandbox-static")
    store = Store(store_path)
    plant(store, control.default_scopes())
    app.extensions["sandbox_store"] = store
    app.extensions["sandbox_recent_calls"] = RecentCalls()
    for own in (phone, control, control_apps, control_cards, control_coding):
        app.register_blueprint(own.bp)
    for platform in PLATFORMS.values():
        for blueprint in platform.BLUEPRINTS:
            app.register_blueprint(blueprint)
    app.register_error_handler(404, _unknown)
    app.register_error_handler(405, _unknown)
    app.wsgi_app = Gate(app.wsgi_app, store)
    return app


def _unknown(error: HTTPException):
    """The sandbox's own pages answer as pages do, all other paths as their platform does."""
    if is_own(request.path):
        return error
    owners = [p for p in PLATFORMS.values() if p.owns_path(request.path)]
    platform = owners[0] if owners else PLATFORMS["dingtalk"]
    return platform.unknown_path(request.path, error.code)
