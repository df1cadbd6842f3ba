"""Where rules are listed: what each is called, what it looks at, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask_babel import LazyString

from portal.sqlaudit.catalog import Catalog
from portal.sqlaudit.result import Level

DIALECTS = frozenset({"mysql", "postgresql", "sqlite"})
MYSQL = frozenset({"mysql"})
POSTGRESQL = frozenset({"postgresql"})
SERVERS = MYSQL | POSTGRESQL
OFF = "off"

# Rule id → its level in a project, or OFF. What it does not name keeps its default.
Profile = Mapping[str, "Level | str"]


@dataclass(frozen=True)
class Context:
    """What a check may ask besides the node at hand. position: of the statement, from 1."""

    dialect: str
    position: int
    catalog: Catalog


# Answers what offends (a table, a column, a number; "" when nothing is to be named), else None.
# The first argument is a node of one of the rule's classes, or the statement's Piece.
Check = Callable[[object, Context], "str | None"]


@dataclass(frozen=True)
class Rule:
    """id: stable, stored with each finding. family: the title of its group.

    title and english: the same sentence, to which a finding adds what offends.
    bad and good: a text that breaks the rule and one that does not, in each of its dialects.
    is_on: unless a profile says otherwise. A rule without check is built in: the parser reports
    it. may_be_off and may_change: what a profile can do to it.
    """

    id: str
    family: LazyString
    level: Level
    title: LazyString
    english: str
    reason: LazyString
    bad: str
    good: str
    on: tuple[type, ...] = ()
    dialects: frozenset[str] = DIALECTS
    is_on: bool = True
    may_be_off: bool = True
    may_change: bool = True
    check: Check | None = None


# In the order in which the modules were imported.
LISTED: dict[str, Rule] = {}


def add(rule: Rule) -> None:
    """List this rule. Raises ValueError when its id is taken."""
    if rule.id in LISTED:
        raise ValueError(f"two rules are called {rule.id}")
    LISTED[rule.id] = rule


def family(title: LazyString) -> Callable[..., Callable[[Check], Check]]:
    """A decorator for the rules of this family; a function's name is its rule's id."""

    def rule(level: Level, *on: type, **texts) -> Callable[[Check], Check]:
        def listed(check: Check) -> Check:
            add(Rule(check.__name__, title, level, on=on, check=check, **texts))
            return check

        return listed

    return rule


def level_of(rule: Rule, profile: Profile) -> Level | None:
    """The level of this rule in a project; None when it is off."""
    wanted = profile.get(rule.id, rule.level if rule.is_on else OFF)
    if not rule.may_change:
        return rule.level
    if wanted == OFF:
        return None if rule.may_be_off else rule.level
    return Level(wanted)
