"""Asks each rule about the nodes of one statement that it is meant for."""

from __future__ import annotations

from collections import defaultdict

from flask_babel import gettext as _
from sqlglot import exp

from portal.sqlaudit.limits import Stopwatch
from portal.sqlaudit.problems import Problem
from portal.sqlaudit.result import Finding, Level
from portal.sqlaudit.rules.registry import LISTED, Context, Profile, Rule, level_of
from portal.sqlaudit.split import Piece

_NAMED = 3
_CHECK_EVERY = 4096


class Judge:
    """The rules that are on in one profile and meant for one dialect."""

    def __init__(self, dialect: str, profile: Profile):
        self._levels: dict[str, Level] = {}
        self._by_class: dict[type, list[Rule]] = defaultdict(list)
        for rule in LISTED.values():
            level = level_of(rule, profile)
            if level is not None and dialect in rule.dialects:
                self._levels[rule.id] = level
                for kind in rule.on:
                    self._by_class[kind].append(rule)

    def problem(self, problem: Problem) -> list[Finding]:
        """The finding of a built-in rule, none when it is off."""
        level = self._levels.get(problem.rule)
        if level is None:
            return []
        return [Finding(problem.rule, level, problem.message, problem.english)]

    def findings(
        self, piece: Piece, tree: exp.Expr | None, context: Context, stopwatch: Stopwatch
    ) -> list[Finding]:
        """One finding for each rule that this statement breaks. Raises limits.TooLong."""
        offenders: dict[str, list[str]] = {}
        self._ask(piece, context, offenders)
        if tree is not None:
            # One walk for all rules.
            for count, node in enumerate(tree.walk()):
                if count % _CHECK_EVERY == 0:
                    stopwatch.check(context.position)
                if type(node) in self._by_class:
                    self._ask(node, context, offenders)
        return [self._finding(LISTED[rule], named) for rule, named in offenders.items()]

    def _ask(self, node: object, context: Context, offenders: dict[str, list[str]]) -> None:
        for rule in self._by_class.get(type(node), ()):
            offender = rule.check(node, context)
            if offender is not None:
                offenders.setdefault(rule.id, []).append(offender)

    def _finding(self, rule: Rule, offenders: list[str]) -> Finding:
        level, title = self._levels[rule.id], str(rule.title)
        named = list(dict.fromkeys(one for one in offenders if one))
        if not named:
            return Finding(rule.id, level, title, rule.english)
        shown, more = named[:_NAMED], len(named) - _NAMED
        chinese, english = "、".join(shown), ", ".join(shown)
        if more > 0:
            chinese = _("%(names)s 等 %(n)d 处", names=chinese, n=len(named))
            english = f"{english} and {more} more"
        message = _("%(title)s：%(names)s", title=title, names=chinese)
        return Finding(rule.id, level, message, f"{rule.english}: {english}")
