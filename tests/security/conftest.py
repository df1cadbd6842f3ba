"""The same project with people and tickets as the tests of tickets have."""

from tests.tickets.conftest import shop

__all__ = ["shop"]
