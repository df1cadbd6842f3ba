"""用户中心: the members of this portal."""

from portal.blueprints.members.views import bp


def init_app(app):
    """Join the pages to the app."""
    app.register_blueprint(bp)
