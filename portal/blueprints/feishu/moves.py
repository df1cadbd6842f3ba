"""What moved lately: one search a definition, newest change first. A hint, never a decision."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from portal.blueprints.feishu.client import FeishuClient
from portal.blueprints.feishu.shapes import FoundTask
from portal.domain.provider import CardRef
from portal.kit.errors import Kind, ProviderError

log = logging.getLogger(__name__)

REACH = timedelta(days=29)  # a search spans 30 days at most; clocks differ
AHEAD = timedelta(hours=1)
LATELY = timedelta(hours=2)  # what moved earlier was seen by an earlier search
PAGES = 3
_OPEN = "pending"
_DECIDED = frozenset({"approved", "rejected"})


def ended(client: FeishuClient, cards: Sequence[CardRef]) -> Iterator[str]:
    """The ids of those cards that the search shows to have ended.

    A search that fails costs the hint only: each card is asked for when it is due.
    Raises ProviderError where the app may not call at all for now.
    """
    by_definition: dict[str, set[str]] = defaultdict(set)
    for one in cards:
        if one.template_code:
            by_definition[one.template_code].add(one.external_id)
    for code, ids in by_definition.items():
        try:
            found = {task.instance_code for task in _lately(client, code) if _has_ended(task)}
        except ProviderError as error:
            if error.throttled or error.kind in {Kind.QUOTA, Kind.CREDENTIALS}:
                raise
            log.warning("the search for changed cards failed: %s", error.code)
        else:
            yield from sorted(found & ids)


def _has_ended(task: FoundTask) -> bool:
    # The two may lag behind each other; a task that was only handed over ends nothing.
    return task.instance_status not in {"", _OPEN} or task.task_status in _DECIDED


def _lately(client: FeishuClient, code: str) -> Iterator[FoundTask]:
    now = datetime.now(UTC)
    oldest = _ms(now - LATELY)
    page_token = ""
    for _page in range(PAGES):
        tasks, page_token = client.search_tasks(
            code, _ms(now - REACH), _ms(now + AHEAD), page_token
        )
        yield from tasks
        if not page_token or any(0 < task.updated_at < oldest for task in tasks):
            return


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
