"""Web pages where an interface's answer was expected: a gateway, a proxy or a wrong address."""

from __future__ import annotations

import re

from portal.kit.card_texts import line
from portal.kit.http import Answer

_TITLE = re.compile(rb"<title[^>]*>(.{0,500}?)</title>", re.IGNORECASE | re.DOTALL)


def is_page(answer: Answer) -> bool:
    """Whether somebody sent a page instead of JSON."""
    kind = answer.headers.get("Content-Type", "").lower()
    return "text/html" in kind or answer.body.lstrip()[:1] == b"<"


def title_of(answer: Answer) -> str:
    """The page's title as one short line; '-' when it has none."""
    found = _TITLE.search(answer.body)
    return line(found.group(1).decode("utf-8", "replace") if found else "", 100)
