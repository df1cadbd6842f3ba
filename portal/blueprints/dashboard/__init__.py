"""The first page: what waits for me, and what I filed."""

from flask import Flask

from portal.blueprints.dashboard.views import bp


def init_app(app: Flask) -> None:
    """Join this page to the app."""
    app.register_blueprint(bp)
