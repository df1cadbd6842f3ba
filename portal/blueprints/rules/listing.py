"""Which rules the page shows, in groups, and what the project changed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from wtforms import SelectField

from portal.blueprints.forms import query_text
from portal.blueprints.rules import wording
from portal.blueprints.rules.forms import RulesForm
from portal.domain.rules import RuleState

CHANGED = "changed"


@dataclass(frozen=True)
class RuleFilter:
    """What the address asks for; empty values ask for everything. level: or `changed`."""

    q: str = ""
    level: str = ""
    db: str = ""

    @classmethod
    def of_request(cls) -> RuleFilter:
        """A value that names nothing known is left aside."""
        level, db = request.args.get("level", ""), request.args.get("db", "")
        return cls(
            q=query_text("q"),
            level=level if level in {*wording.levels(), CHANGED} else "",
            db=db if db in wording.DATABASES else "",
        )

    @property
    def values(self) -> dict[str, str]:
        """As they stand in an address."""
        return {name: value for name, value in vars(self).items() if value}

    def takes(self, state: RuleState) -> bool:
        """Whether this rule is asked for."""
        rule = state.rule
        texts = (rule.id, str(rule.title), rule.english, str(rule.reason))
        words = self.q.casefold()
        return (
            any(words in text.casefold() for text in texts)
            and self.level in {"", state.level, CHANGED if state.is_changed else ""}
            and (not self.db or self.db in rule.dialects)
        )


@dataclass(frozen=True)
class RuleRow:
    """A rule on the page. field: None where its level can only be read."""

    state: RuleState
    field: SelectField | None

    # As plain text: a template takes a lazy one for markup.
    @property
    def title(self) -> str:
        return str(self.state.rule.title)

    @property
    def reason(self) -> str:
        return str(self.state.rule.reason)


@dataclass(frozen=True)
class Group:
    """The rules of one family."""

    title: str
    rows: list[RuleRow]
    is_open: bool

    @property
    def changed(self) -> int:
        return sum(row.state.is_changed for row in self.rows)


@dataclass(frozen=True)
class Listing:
    """The page's rules: how many there are in all, what the project changed, and the groups."""

    total: int
    changed: int
    off: int
    groups: list[Group]

    @property
    def shown(self) -> int:
        return sum(len(group.rows) for group in self.groups)


def listing_of(
    states: list[RuleState], chosen: RuleFilter, form: RulesForm | None, is_unfolded: bool
) -> Listing:
    """form: None for who may only read. is_unfolded: every group is open."""
    groups: dict[str, list[RuleRow]] = {}
    for state in states:
        field = form.field_of(state.rule) if form else None
        if chosen.takes(state) or (field and field.errors):
            groups.setdefault(str(state.rule.family), []).append(RuleRow(state, field))
    is_all_open = is_unfolded or bool(chosen.values)
    changed = [state for state in states if state.is_changed]
    return Listing(
        total=len(states),
        changed=len(changed),
        off=sum(state.is_off for state in changed),
        groups=[
            Group(title, rows, is_all_open or _has_something_to_see(rows))
            for title, rows in groups.items()
        ],
    )


def _has_something_to_see(rows: list[RuleRow]) -> bool:
    return any(row.state.is_changed or (row.field and row.field.errors) for row in rows)
