"""Which session of the past a question is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.kit.databases.errors import elsewhere


@dataclass(frozen=True)
class Whose:
    """As it was recorded of the session. Empty where it was not recorded.

    name  of open_session()
    """

    server_id: str = ""
    name: str = ""
    server_identity: str = ""

    def check(self, identity: Callable[[], str]) -> None:
        """Raises TargetError (identity) on another server. identity: asks the one at hand."""
        if self.server_identity and (now := identity()) != self.server_identity:
            raise elsewhere(self.server_identity, now)
