"""The rules: each one small function in a module of its family."""

from portal.sqlaudit.rules import changing, defining, reading
from portal.sqlaudit.rules.registry import RULES, judge

__all__ = ["RULES", "changing", "defining", "judge", "reading"]
