"""Every platform, in the order of the page: those with cards (see cards.py), then the tracker."""

from . import cards, coding

PLATFORMS = cards.PLATFORMS | {coding.NAME: coding}
