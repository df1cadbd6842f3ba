"""Tickets: the list, filing, the page on which one is followed and decided."""

from flask import Flask

from portal.blueprints.tickets import decisions, downloads, editing, execution, filing_views
from portal.blueprints.tickets.views import bp

__all__ = ["bp", "decisions", "downloads", "editing", "execution", "filing_views", "init_app"]


def init_app(app: Flask) -> None:
    """Join these pages to the app."""
    app.register_blueprint(bp)
