"""系统状态: how the portal is doing, in words."""

from flask import Flask

from portal.blueprints.status.views import bp


def init_app(app: Flask) -> None:
    """Join the page to the app."""
    app.register_blueprint(bp)
