"""Key-set paging: `?before=<id>` shows what is older than that row."""

from __future__ import annotations

from flask import request

LARGEST_ID = 2**63 - 1


def before_id(name: str = "before") -> int | None:
    """The id below which the page begins; None on the first page and for nonsense.

    name: of the parameter, for a page with several lists.
    """
    text = request.args.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        return None
    return min(int(text), LARGEST_ID)
