"""What a submitter should know before filing: who will not be asked on a platform, and why."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _

from portal import providers
from portal.blueprints.wording import platform_title
from portal.domain import approvals, mapping
from portal.models import Flow, Member, Project, ProviderSetting, StepKind
from portal.models.flow import FlowStep


def before_filing(creator: Member, project: Project, flow: Flow | None) -> list[str]:
    """Sentences for every platform that is on (pitfall 16: never silently)."""
    steps = [step for step in (flow.steps if flow else []) if _asks_by_card(step, project)]
    return [
        sentence
        for setting in (approvals.enabled_providers() if steps else [])
        for sentence in _about(creator, steps, setting)
    ]


def _asks_by_card(step: FlowStep, project: Project) -> bool:
    return step.kind == StepKind.AUDIT or project.im_execute


def _about(creator: Member, steps: list[FlowStep], setting: ProviderSetting) -> Iterator[str]:
    """What is to be said about one platform."""
    people = {one.member.id: one.member for step in steps for one in step.assignees}
    people[creator.id] = creator
    obstacles = mapping.obstacles(
        list(people.values()),
        setting.provider,
        setting.app_key,
        providers.PROVIDERS[setting.provider].finds_by,
    )
    if obstacles[creator.id]:
        yield _about_creator(obstacles[creator.id], setting)
    for step in steps:
        yield from _about_step(step, obstacles, setting)


def _about_creator(problem: str, setting: ProviderSetting) -> str:
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
        "%(where)s，只能在门户中处理。请先在「个人账号」中核对手机号和邮箱。",
        where=where,
        why=problem,
    )


def _about_step(
    step: FlowStep, obstacles: dict[int, str], setting: ProviderSetting
) -> Iterator[str]:
    where = platform_title(setting.provider)
    unreached = [
        f"{one.member.shown_name}（{obstacles[one.member.id]}）"
        for one in step.assignees
        if obstacles[one.member.id]
    ]
    names = "、".join(unreached)
    if unreached and len(unreached) == len(step.assignees):
        yield _(
            "第 %(n)s 步没有人能在%(where)s收到审批，只能在门户中处理：%(names)s",
            n=step.position,
            where=where,
            names=names,
        )
    elif unreached:
        yield _(
            "第 %(n)s 步收不到%(where)s审批的处理人：%(names)s",
            n=step.position,
            where=where,
            names=names,
        )
