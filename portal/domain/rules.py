"""A project's audit rules (审核规则模板): which are on, and how severe each one's findings are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from portal.domain import projects, records
from portal.domain.errors import RuleError
from portal.domain.records import Action
from portal.extensions import db
from portal.models import Member, Project, RuleSetting
from portal.sqlaudit import RULES, Level, Rule

OFF = "off"
_LEVELS = (Level.NOTICE.value, Level.WARN.value, Level.ERROR.value)


@dataclass(frozen=True)
class RuleState:
    """A rule as it stands in a project. level: notice, warn, error or off."""

    rule: Rule
    level: str

    @property
    def is_off(self) -> bool:
        return self.level == OFF

    @property
    def is_changed(self) -> bool:
        """Whether the project differs from what the rule itself says."""
        return self.level != default_of(self.rule)


def default_of(rule: Rule) -> str:
    """The level of the rule where nobody changed it, or off."""
    return str(rule.level) if rule.is_on else OFF


def choices_of(rule: Rule) -> list[str]:
    """The levels that a project may give to this rule, the mildest first, off at the end."""
    if not rule.may_change:
        return [default_of(rule)]
    return [*_LEVELS, OFF] if rule.may_be_off else [*_LEVELS]


def profile_of(project: Project) -> dict[str, Level | str]:
    """What sqlaudit.audit takes: rule → its level here, or off; only what differs is named."""
    return {
        rule_id: OFF if level == OFF else Level(level)
        for rule_id, level in _kept(project).items()
        if rule_id in RULES and level in choices_of(RULES[rule_id])
    }


def states_of(project: Project) -> list[RuleState]:
    """Every rule in its order, as it stands in this project."""
    profile = profile_of(project)
    return [
        RuleState(rule, str(profile.get(rule.id, default_of(rule)))) for rule in RULES.values()
    ]


def save(project: Project, levels: Mapping[str, str], actor: Member) -> int:
    """Give rules these levels, for tickets filed from now on; a rule left out keeps its own.

    Answers how many changed. Raises RuleError on rule-<id>.
    """
    before = {state.rule.id: state.level for state in states_of(project)}
    for rule_id, level in levels.items():
        if rule_id not in RULES:
            raise RuleError(_("没有编号为“%(rule)s”的规则。", rule=rule_id))
        if level not in choices_of(RULES[rule_id]):
            raise RuleError(_("请从列表中选择。"), f"rule-{rule_id}")
    changes = [
        {"rule": rule_id, "was": before[rule_id], "now": level}
        for rule_id, level in levels.items()
        if level != before[rule_id]
    ]
    if changes:
        _keep(project, {one["rule"]: one["now"] for one in changes})
        details = {"changes": changes}
        records.add(Action.RULES_CHANGED, projects.subject_of(project), actor, details)
    return len(changes)


def reset(project: Project, actor: Member) -> int:
    """Back to what every rule itself says. Answers how many changed."""
    return save(project, {rule.id: default_of(rule) for rule in RULES.values()}, actor)


def _kept(project: Project) -> dict[str, str]:
    query = db.select(RuleSetting.rule, RuleSetting.level).filter_by(project_id=project.id)
    return dict(db.session.execute(query).all())


def _keep(project: Project, levels: Mapping[str, str]) -> None:
    """Only differences have a row, so that a rule whose own level changes one day moves along."""
    query = db.select(RuleSetting).filter_by(project_id=project.id)
    rows = {row.rule: row for row in db.session.scalars(query)}
    for rule_id, level in levels.items():
        row = rows.get(rule_id)
        if level == default_of(RULES[rule_id]):
            if row is not None:
                db.session.delete(row)
        elif row is None:
            db.session.add(RuleSetting(project_id=project.id, rule=rule_id, level=level))
        else:
            row.level = level
    db.session.flush()
