"""Web addresses as people type them into a page: clean ones only, taken apart."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from flask_babel import gettext as _

_UNFIT = "\\<>\"'`{}|^"


class UrlRefused(ValueError):
    """The address may not be used; the text says why, for people, and names the cure."""


def taken_apart(text: str, longest: int, example: str) -> SplitResult:
    """An http or https address of a host, without user, query or fragment.

    Characters that programs read differently (a backslash, what is not ASCII, blanks) make none.
    longest: characters. example: shown where it is no address. Raises UrlRefused.
    """
    if len(text) > longest:
        raise UrlRefused(_("地址太长，最多 %(most)s 个字符。", most=longest))
    if any(ord(char) <= 32 or ord(char) >= 127 or char in _UNFIT for char in text):
        raise UrlRefused(_("地址里不能有空格、引号、反斜杠、全角或中文等特殊字符。"))
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise UrlRefused(_("这不是正确的地址，请检查主机名和端口。")) from None
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        raise UrlRefused(
            _("请填写以 http:// 或 https:// 开头的完整地址，例如 %(example)s。", example=example)
        )
    if "@" in parts.netloc:
        raise UrlRefused(_("地址里不能包含用户名或密码。"))
    if "?" in text or "#" in text:
        raise UrlRefused(_("地址里不能包含 ? 或 # 及其后面的内容。"))
    return parts


def port_of(parts: SplitResult) -> int:
    """The port, also where it goes without saying."""
    return parts.port or (443 if parts.scheme == "https" else 80)
