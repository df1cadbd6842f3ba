"""A project's data sources."""

from flask import Flask

from portal.blueprints.datasources.views import bp


def init_app(app: Flask) -> None:
    """Join these pages to the app."""
    app.register_blueprint(bp)
