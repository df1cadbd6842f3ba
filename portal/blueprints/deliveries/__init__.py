"""What was sent to the platforms, and what was not."""

from flask import Flask

from portal.blueprints.deliveries.views import bp


def init_app(app: Flask) -> None:
    """Join these pages to the app."""
    app.register_blueprint(bp)
