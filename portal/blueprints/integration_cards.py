"""The 流程对接 page: every provider's card on it, with the one form that was refused or tested.

A provider registers its card when its pages join the app, so that no provider's page has to
know another's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, render_template

from portal.blueprints.forms import PortalForm
from portal.domain.provider import Check
from portal.extensions import db


@dataclass(frozen=True)
class IntegrationCard:
    """One provider's card.

    form      makes the edit form, filled from the saved values
    facts     answers what the read view shows
    template  renders both; it gets name, words, form, facts, checks and is_open
    words     how the card speaks of its platform, where several share a template
    """

    name: str
    template: str
    form: Callable[[], PortalForm]
    facts: Callable[[], object]
    words: object = None


def register(app: Flask, card: IntegrationCard) -> None:
    """Put the card on the page."""
    app.extensions.setdefault("integration_cards", {})[card.name] = card


def render(
    name: str = "", form: PortalForm | None = None, checks: list[Check] | None = None
) -> str:
    """The page. name, form: the card whose bound form is shown instead of the saved values.

    checks: what the test button just found.
    """
    db.session.rollback()
    db.session().read_only()  # a refused post only looks from here on: it holds up no writer
    cards = [
        {
            "card": card,
            "form": form if card.name == name else card.form(),
            "facts": card.facts(),
            "checks": checks if card.name == name else None,
            "is_open": card.name == name,
        }
        for card in current_app.extensions["integration_cards"].values()
    ]
    return render_template("settings/integrations.html", cards=cards)
