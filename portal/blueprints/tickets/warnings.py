"""What a submitter should know before filing: who will not be asked on a platform, and why."""

from __future__ import annotations

from flask_babel import gettext as _

from portal.blueprints.wording import platform_title
from portal.domain import approvals, mapping
from portal.models import Flow, Member, ProviderSetting, StepKind


def before_filing(creator: Member, flow: Flow | None) -> list[str]:
    """Sentences for every platform that is on (pitfall 16: never silently)."""
    settings = approvals.enabled_providers()
    if not settings:
        return []
    asked = _asked(flow)
    problems = mapping.problems([creator, *asked])
    unreached = [
        f"{member.shown_name}（{problems[member.id]}）"
        for member in asked
        if problems[member.id]
    ]
    return [
        sentence
        for setting in settings
        for sentence in (
            _about_creator(problems[creator.id], setting),
            _about_assignees(unreached, setting),
        )
        if sentence
    ]


def _asked(flow: Flow | None) -> list[Member]:
    """Everybody whom a card would ask, each once."""
    people = {
        assignee.member.id: assignee.member
        for step in (flow.steps if flow else [])
        if step.kind == StepKind.AUDIT
        for assignee in step.assignees
    }
    return list(people.values())


def _about_creator(problem: str, setting: ProviderSetting) -> str:
    if not problem:
        return ""
    where = platform_title(setting.provider)
    if setting.originator_id is not None:
        return _(
            "你的账号不能作为%(where)s审批的发起人（%(why)s），将由替补发起人 %(who)s 发起。",
            where=where,
            why=problem,
            who=setting.originator.shown_name,
        )
    return _(
        "你的账号不能作为%(where)s审批的发起人（%(why)s），也没有设置替补发起人：审批将无法发送到"
        "%(where)s，只能在门户中处理。请先在「个人账号」中核对手机号。",
        where=where,
        why=problem,
    )


def _about_assignees(unreached: list[str], setting: ProviderSetting) -> str:
    if not unreached:
        return ""
    where = platform_title(setting.provider)
    return _("收不到%(where)s审批的处理人：%(names)s", where=where, names="、".join(unreached))
