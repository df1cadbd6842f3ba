"""/healthz: whether this portal answers, and when its clocks last ticked."""

from portal.blueprints.health.views import bp


def init_app(app):
    """Join the page to the app."""
    app.register_blueprint(bp)
