"""Asking through the door for outgoing HTTP, as its tests do."""

import pytest

from portal.kit.errors import ProviderError
from portal.kit.http import Deadline, exchange
from tests.raw_servers import answer

WHOLE = answer(b'{"ok": true}')


def ask(url, timeout=2.0, deadline=30.0, method="POST", **kwargs):
    """The whole answer of a far side at this URL."""
    return exchange("dingtalk", method, url, deadline=Deadline(deadline), timeout=timeout, **kwargs)


def refused(url, **kwargs) -> ProviderError:
    """The error by which asking this URL ends."""
    with pytest.raises(ProviderError) as caught:
        ask(url, **kwargs)
    return caught.value
