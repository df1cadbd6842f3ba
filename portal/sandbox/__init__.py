"""Stand-ins for the approval platforms, with phones to press 同意 and 拒绝 on.

Imports nothing of the portal and is written from the platforms' documents, so that what passes
here passes there. One Flask application; every platform at its own paths.
"""

from flask import Flask, request
from werkzeug.exceptions import HTTPException

from . import cards, control_cards, phone
from .dingtalk.answers import unknown_path
from .dingtalk.scopes import DEFAULT_SCOPES
from .gate import OWN_PATHS, Gate
from .seed import DEFAULT_APP_KEY, DEFAULT_APP_SECRET, plant
from .store import Store

__all__ = ["DEFAULT_APP_KEY", "DEFAULT_APP_SECRET", "create_sandbox"]


def create_sandbox(store_path=None) -> Flask:
    """The sandbox as an application. store_path: an SQLite file; without it, in memory."""
    app = Flask(__name__, static_url_path="/sandbox-static")
    store = Store(store_path)
    plant(store, DEFAULT_SCOPES)
    app.extensions["sandbox_store"] = store
    app.register_blueprint(phone.bp)
    app.register_blueprint(control_cards.bp)
    for platform in cards.PLATFORMS.values():
        for blueprint in platform.BLUEPRINTS:
            app.register_blueprint(blueprint)
    app.register_error_handler(404, _unknown)
    app.register_error_handler(405, _unknown)
    app.wsgi_app = Gate(app.wsgi_app, store)
    return app


def _unknown(error: HTTPException):
    """The sandbox's own pages answer as pages do, all other paths as the platform does."""
    return error if request.path.startswith(OWN_PATHS) else unknown_path(request.path)
