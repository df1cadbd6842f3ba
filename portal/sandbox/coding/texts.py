"""The texts of an issue: how long they may be, and which words may not stand in them.

That there are limits is known; the numbers and the list of words are our guess, kept as rules.
"""

from ..rules import current_rules
from ..store import Store
from .answers import BAD_VALUE, FAILED, Refusal
from .parameters import text


def title(store: Store, body: dict) -> str:
    found = text(body, "Name")
    if len(found) > current_rules(store)["coding_title_chars"]:
        raise Refusal(BAD_VALUE, "issue_title_too_long")
    return _clean(store, found)


def description(store: Store, body: dict, *, is_required: bool = False) -> str:
    found = text(body, "Description", is_required=is_required)
    if len(found) > current_rules(store)["coding_description_chars"]:
        raise Refusal(BAD_VALUE, "issue_description_too_long")
    return _clean(store, found)


def comment(store: Store, body: dict) -> str:
    return _clean(store, text(body, "Content"))


def _clean(store: Store, found: str) -> str:
    if any(word in found for word in current_rules(store)["coding_sensitive_words"]):
        raise Refusal(FAILED, "content_include_sensitive_words")
    return found
