"""What a rule says when it is not kept."""

from __future__ import annotations


class RuleError(Exception):
    """A rule was not kept.

    message: a sentence for people, translated. field: the form field it belongs to, or "form".
    """

    def __init__(self, message: str, field: str = "form"):
        super().__init__(message)
        self.message = message
        self.field = field
