"""Finding the issue that bears our key: first by a search, then surely, by the newest issues."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from flask_babel import gettext as _

from portal.blueprints.coding.client import CodingClient
from portal.blueprints.coding.codes import PROVIDER
from portal.blueprints.coding.shapes import FoundIssue
from portal.domain.tracker import Kind, ProviderError

PAGE = 100
OVERLAP = 5
MOST_PAGES = 20
CLOCKS_DIFFER = timedelta(hours=1)


def find(client: CodingClient, project: str, key: str, since: datetime) -> FoundIssue | None:
    """The issue whose title ends with the key; None when there surely is none.

    since: UTC, when it can have been made at the earliest. Raises ProviderError(retry) where
    more issues have been made since than are looked through.
    """
    oldest = (since - CLOCKS_DIFFER).timestamp() * 1000
    return _by_search(client, project, key, oldest) or _by_age(client, project, key, oldest)


def is_marked(name: str, key: str) -> bool:
    """Whether the title's last word is this very key: P1-Q1 is not in P1-Q12."""
    return name.split()[-1:] == [key]


def _by_search(
    client: CodingClient, project: str, key: str, oldest: float
) -> FoundIssue | None:
    """A shortcut only: the search's condition is not documented, and it may lag."""
    try:
        return _marked(client.search(project, key), key, oldest)
    except ProviderError as error:
        if error.throttled or error.kind in {Kind.CREDENTIALS, Kind.PERMISSION}:
            raise
        return None


def _by_age(
    client: CodingClient, project: str, key: str, oldest: float
) -> FoundIssue | None:
    seen: set[int] = set()
    offset = 0
    for _page in range(MOST_PAGES):
        page = client.newest(project, offset, PAGE)
        found = _marked(page, key, oldest)
        if found or _is_last(page, seen, oldest):
            return found
        seen |= {one.code for one in page}
        # Pages overlap: what is deleted meanwhile moves the others up.
        offset += max(len(page) - OVERLAP, 1)
    message = _("最近的 %(count)s 条事项中没有找到，更早的没有查", count=len(seen))
    raise ProviderError(PROVIDER, "too_many_issues", message, Kind.RETRY)


def _is_last(page: list[FoundIssue], seen: set[int], oldest: float) -> bool:
    """Whether nothing behind this page can be ours: by its emptiness, or by its age.

    A short page proves nothing: how many the platform gives at once is not documented. The age
    counts only where the page really goes from new to old.
    """
    numbers = [one.code for one in page]
    if not set(numbers) - seen:
        return True
    is_ordered = numbers == sorted(numbers, reverse=True)
    return is_ordered and 0 < page[-1].created_at < oldest


def _marked(found: Iterable[FoundIssue], key: str, oldest: float) -> FoundIssue | None:
    """The first one that was made, should there be several; one from before us is another's."""
    ours = [
        one
        for one in found
        if is_marked(one.name, key) and (not one.created_at or one.created_at >= oldest)
    ]
    return min(ours, key=lambda one: one.code) if ours else None
