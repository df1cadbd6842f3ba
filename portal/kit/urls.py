"""Addresses: which `next` stays on this site, and which URL prefix people can reach."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def safe_next(target: str | None) -> str | None:
    """The target if it is a path of this site, else None.

    urlsplit alone lets ///evil, /\\evil and the like leave the site, hence the stricter rules.
    """
    if not target or not target.startswith("/") or any(ord(char) < 33 for char in target):
        return None
    if target[1:2] in {"/", "\\"} or "\\" in target:
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def is_loopback(host: str) -> bool:
    """Whether this host name or address can only mean the machine itself, or its own link."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    return address.is_loopback or address.is_link_local or address.is_unspecified
