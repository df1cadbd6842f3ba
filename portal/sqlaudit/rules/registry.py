"""Where rules are listed; judge() asks each one that is meant for the dialect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from portal.sqlaudit.result import Finding, Level

DIALECTS = frozenset({"mysql", "postgresql", "sqlite"})
# Answers a sentence for people when the statement breaks the rule.
Check = Callable[[exp.Expr], "str | None"]


@dataclass(frozen=True)
class Rule:
    """id: stable, stored with each finding."""

    id: str
    level: Level
    check: Check
    dialects: frozenset[str]


RULES: dict[str, Rule] = {}


def rule(level: Level, dialects: frozenset[str] = DIALECTS) -> Callable[[Check], Check]:
    """List this function as a rule; its name is the rule's id."""

    def listed(check: Check) -> Check:
        if check.__name__ in RULES:
            raise ValueError(f"two rules are called {check.__name__}")
        RULES[check.__name__] = Rule(check.__name__, level, check, dialects)
        return check

    return listed


def judge(tree: exp.Expr, dialect: str) -> list[Finding]:
    """The findings of every rule on this statement."""
    found = []
    for one in RULES.values():
        if dialect in one.dialects and (message := one.check(tree)):
            found.append(Finding(one.id, one.level, message))
    return found
