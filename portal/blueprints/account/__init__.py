"""One's own account: how one is reached, password, sessions."""

from portal.blueprints.account.views import bp


def init_app(app):
    """Join the pages to the app."""
    app.register_blueprint(bp)
