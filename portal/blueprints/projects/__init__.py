"""Projects and their members."""

from flask import Flask

from portal.blueprints.projects.views import bp


def init_app(app: Flask) -> None:
    """Join these pages to the app."""
    app.register_blueprint(bp)
