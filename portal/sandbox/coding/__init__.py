"""The stand-in for CODING DevOps: /open-api, and its issues as pages under /p."""

from . import gateway, pages
from .answers import owns_path, unknown_path
from .scopes import CONSOLE_NAMES, DEFAULT_SCOPES, OTHER_NAMES
from .tokens import revoke_tokens

__all__ = [
    "BLUEPRINTS", "CONSOLE_NAMES", "DEFAULT_SCOPES", "KEY_NAMES", "NAME", "OTHER_NAMES", "TITLE",
    "owns_path", "revoke_tokens", "unknown_path",
]  # fmt: skip

NAME = "coding"
TITLE = "CODING"
KEY_NAMES = ("服务地址", "访问令牌")
BLUEPRINTS = (gateway.bp, pages.bp)
