"""Every rule of a card is asked of every provider's; a stand-in for those that press its button."""

import pytest

from tests.far_side import Sandbox
from tests.settings.cards import CARDS, Card


@pytest.fixture(params=sorted(CARDS))
def card(request) -> Card:
    return CARDS[request.param]


@pytest.fixture
def sandbox():
    made = Sandbox()
    yield made
    made.close()
