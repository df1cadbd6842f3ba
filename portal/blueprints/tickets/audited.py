"""SQL judged before it is filed: done for the forms, and shown on their pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.blueprints.tickets.presenters import (
    StatementView,
    shown_of_each,
    statement_view,
    title_of,
)
from portal.domain import filing, judging, rules
from portal.domain.filing import TaskDraft
from portal.domain.judging import Share
from portal.extensions import db
from portal.models import Flow, Level, Project
from portal.sqlaudit import AuditResult

CHARACTERS_SHOWN = 400


@dataclass(frozen=True)
class AuditedView:
    """One data source's result. counts: level → statements whose worst finding is of it.

    statements: those with findings, the worst first; hidden: how many more of them there are.
    is_refused: worse than the project lets through.
    """

    title: str
    audit: AuditResult
    counts: dict[str, int]
    statements: list[StatementView]
    hidden: int
    is_refused: bool


def audits_of(project: Project, shares: Sequence[Share]) -> list[AuditResult]:
    """One result a share, by the project's rules. Raises RuleError.

    Judging takes some seconds: no transaction is open meanwhile, and what was read is expired.
    """
    profile = rules.profile_of(project)
    db.session.rollback()
    return judging.judge(shares, profile)


def audited(drafts: Sequence[TaskDraft], flow: Flow | None) -> list[AuditedView]:
    """What was found in these, for the page of their form."""
    shown = shown_of_each(len(drafts))
    return [_view(draft, flow, shown) for draft in drafts if draft.audit is not None]


def _view(draft: TaskDraft, flow: Flow | None, shown: int) -> AuditedView:
    audit = draft.audit
    counts = {
        level.value: sum(one.level == level for one in audit.statements)
        for level in reversed(Level)
    }
    found = [one for one in audit.statements if one.findings]
    found.sort(key=lambda one: (-filing.LEVELS.index(one.level), one.position))
    return AuditedView(
        title=title_of(draft.datasource, draft.schema),
        audit=audit,
        counts=counts,
        statements=[_statement(one) for one in found[:shown]],
        hidden=max(len(found) - shown, 0),
        is_refused=flow is not None and filing.exceeds(flow, audit.level),
    )


def _statement(one) -> StatementView:
    findings = [filing.facts_of(finding) for finding in one.findings]
    return statement_view(one.position, one.sql, one.level, findings, CHARACTERS_SHOWN)
