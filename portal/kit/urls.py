"""Addresses that strangers choose: which `next` stays on this site, whose host one names."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


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


def split(address: str | None) -> SplitResult:
    """The parts of an address from a header; those of an empty one when it cannot be read."""
    try:
        return urlsplit(address or "")
    except ValueError:  # "http://[" and the like
        return urlsplit("")
