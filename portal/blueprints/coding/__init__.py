"""CODING: its client, its adapter, and its card on the 流程对接 page."""

from flask import Flask

from portal.blueprints import integration_cards
from portal.blueprints.coding.views import PAGES


def init_app(app: Flask) -> None:
    """Join these pages to the app."""
    app.register_blueprint(PAGES.blueprint)
    integration_cards.register(app, PAGES.card)
