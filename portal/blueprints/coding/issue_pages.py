"""Where people see an issue: no answer holds its address, so it is put together (sheet §7)."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from portal.blueprints.coding.client import CodingClient
from portal.blueprints.coding.transport import PATH
from portal.domain.tracker import ProviderError
from portal.kit.tokens import TokenCache

SHARED_HOST = "e.coding.net"  # every team's interface, and nobody's pages
LONGEST = 500  # characters, as it is kept
KEPT_SECONDS = 24 * 60 * 60

PROCESS_HOSTS = TokenCache()


def needs_team(address: str) -> bool:
    """Whether the address does not tell the team's own host."""
    return urlsplit(address).hostname == SHARED_HOST


def base_of(client: CodingClient, hosts: TokenCache = PROCESS_HOSTS) -> str:
    """What the addresses of all issues begin with; empty when it is not known. Never raises."""
    address = client.address.removesuffix(PATH)
    if not needs_team(address):
        return address
    try:
        wait = client.deadline.remaining()
        host = hosts.get(client.key, lambda: (client.team_host(), KEPT_SECONDS), wait)
    except (ProviderError, TimeoutError):
        return ""  # an issue without a link is still an issue
    return f"https://{host}"


def url_of(base: str, project: str, code: int) -> str:
    """The page of an issue of any type; empty without a base, and where it were too long."""
    url = f"{base}/p/{quote(project, safe='')}/all/issues/{code}"
    return url if base and len(url) <= LONGEST else ""
