"""A project's audit rules."""

from flask import Flask

from portal.blueprints.rules.views import bp


def init_app(app: Flask) -> None:
    """Join these pages to the app."""
    app.register_blueprint(bp)
