"""The form of a project's audit rules: one field a rule, rule-<its id>."""

from __future__ import annotations

from flask_babel import gettext as _
from wtforms import SelectField

from portal.blueprints.forms import Choice, PortalForm
from portal.blueprints.rules import wording
from portal.domain import rules
from portal.domain.rules import RuleState
from portal.sqlaudit import RULES, Rule


class RulesForm(PortalForm):
    """Its fields are added below. A field that is not posted keeps the rule's level."""

    @classmethod
    def of(cls, states: list[RuleState]) -> RulesForm:
        """Filled from the project's levels, or from what was posted."""
        form = cls(data={name_of(state.rule): state.level for state in states})
        for state in states:
            if state.rule.may_change:
                form[name_of(state.rule)].choices = _choices(state.rule)
        return form

    def field_of(self, rule: Rule) -> SelectField | None:
        """The rule's field; None for a rule whose level is fixed."""
        return self._fields.get(name_of(rule))

    def levels(self) -> dict[str, str]:
        """Rule → the level chosen."""
        return {
            rule.id: field.data for rule in RULES.values() if (field := self.field_of(rule))
        }


def name_of(rule: Rule) -> str:
    """How the rule's field is called."""
    return f"rule-{rule.id}"


def _choices(rule: Rule) -> list[tuple[str, str]]:
    titles, default = wording.levels(), rules.default_of(rule)
    return [
        (level, _("%(level)s（默认）", level=titles[level]) if level == default else titles[level])
        for level in rules.choices_of(rule)
    ]


for _rule in RULES.values():
    if _rule.may_change:
        setattr(RulesForm, name_of(_rule), Choice(_rule.title))
