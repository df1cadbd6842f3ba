"""System settings: the 流程对接 page and the global values."""

from flask import Flask

from portal.blueprints.settings.views import bp


def init_app(app: Flask) -> None:
    """Join these pages to the app."""
    app.register_blueprint(bp)
