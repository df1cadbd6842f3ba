"""成员映射: who every member is on every platform."""

from flask import Flask

from portal.blueprints.mapping.views import bp


def init_app(app: Flask) -> None:
    """Join these pages to the app."""
    app.register_blueprint(bp)
