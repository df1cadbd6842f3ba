"""Fields of somebody else's JSON: numbers may be quoted, anything may be missing or odd."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask_babel import gettext as _

from portal.kit.errors import Kind, ProviderError

Value = TypeVar("Value")


def read(provider: str, reader: Callable[[dict], Value], body: dict[str, Any]) -> Value:
    """What the reader takes from the body. Raises ProviderError("unreadable") when it cannot."""
    try:
        return reader(body)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        pass  # raised below, without the body's contents as a context
    raise unreadable(provider)


def unreadable(provider: str, status: int | None = None) -> ProviderError:
    """An answer came, but not what it must hold: nothing is known about the call's outcome."""
    message = _("应答缺少应有的内容")
    return ProviderError(
        provider, "unreadable", message, Kind.UNKNOWN_OUTCOME, http_status=status
    )


def text(value: Any) -> str:
    """A text that any database can keep: None is empty, a bare number is its digits."""
    if value is None:
        return ""
    if isinstance(value, bool | dict | list):
        raise TypeError("not a text")
    cleaned = str(value).replace("\0", "")
    return cleaned.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def plain(value: Any) -> str:
    """The text, or the digits of a number; empty for everything else."""
    is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return text(value) if is_plain else ""


def filled(value: Any) -> str:
    """A text that is there."""
    found = text(value).strip()
    if not found:
        raise ValueError("empty")
    return found


def word(value: Any) -> str:
    """A text that may stand in a header: printable ASCII without blanks."""
    found = filled(value)
    if not re.fullmatch(r"[!-~]+", found):
        raise ValueError("not a word")
    return found


def whole(value: Any) -> int:
    """A whole number, quoted or not."""
    if isinstance(value, bool):
        raise TypeError("not a number")
    return int(value)


def truth(value: Any) -> bool:
    """A boolean, quoted or not."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def objects(value: Any) -> list[dict[str, Any]]:
    """A list of objects; None is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise TypeError("not a list of objects")
    return value
