"""Signing in and out."""

from portal.blueprints import access, menu, sessions
from portal.blueprints.auth.views import bp


def init_app(app):
    """Join the pages, and what every page needs of them: who it is, and what they may enter."""
    access.init_app(app)
    sessions.init_app(app)
    menu.init_app(app)
    app.register_blueprint(bp)
