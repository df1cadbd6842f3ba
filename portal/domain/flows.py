"""A project's approval flow: 0-4 audit steps and one execute step, each with 1-3 assignees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.orm import selectinload

from portal.domain import projects, records
from portal.domain.errors import RuleError
from portal.domain.records import Action
from portal.extensions import db
from portal.kit.clock import utc_now
from portal.models import Flow, FlowAssignee, FlowStep, Level, Member, Project, StepKind

MOST_STEPS = 5
MOST_ASSIGNEES = 3
LONGEST_DESCRIPTION = 255


@dataclass(frozen=True)
class StepDraft:
    """One posted row. row: the N of steps-N. kind: empty stands for what the row's place says."""

    row: int
    kind: str
    assignees: Sequence[str]
    description: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.assignees and not self.description


def of(project: Project) -> Flow | None:
    """The project's flow with its people, None while nobody has set one."""
    people = selectinload(FlowStep.assignees).joinedload(FlowAssignee.member)
    return db.session.scalar(
        db.select(Flow)
        .filter_by(project_id=project.id)
        .options(selectinload(Flow.steps).options(people))
    )


def kept(drafts: Sequence[StepDraft]) -> list[StepDraft]:
    """The rows that count, in order: the last posted one is the execute step; empty audit rows
    are dropped."""
    rows = sorted(drafts, key=lambda draft: draft.row)
    last = rows[-1].row if rows else None
    named = [
        draft
        if draft.kind
        else StepDraft(
            draft.row,
            StepKind.EXECUTE if draft.row == last else StepKind.AUDIT,
            draft.assignees,
            draft.description,
        )
        for draft in rows
    ]
    return [draft for draft in named if draft.kind == StepKind.EXECUTE or not draft.is_empty]


def problems(project: Project, drafts: Sequence[StepDraft], max_level: str) -> list[RuleError]:
    """Everything that is wrong with these rows, each beside its field."""
    rows = kept(drafts)
    found = []
    if not rows:
        last = max((draft.row for draft in drafts), default=MOST_STEPS - 1)
        found.append(RuleError(_("请为执行上线选择 1 到 3 名执行人。"), f"steps-{last}-assignees"))
    names = {member.username for member in projects.enabled_members(project)}
    for draft in rows:
        found += _problems_of(draft, names, is_last=draft is rows[-1])
    if max_level not in set(Level):
        found.append(RuleError(_("请从列表中选择。"), "max_level"))
    return found


def save(project: Project, drafts: Sequence[StepDraft], max_level: str, actor: Member) -> Flow:
    """Replace the flow. Tickets filed before keep their steps. Raises RuleError, the first one."""
    wrong = problems(project, drafts, max_level)
    if wrong:
        raise wrong[0]
    members = {member.username: member for member in projects.enabled_members(project)}
    flow = of(project)
    if flow is None:
        flow = Flow(project_id=project.id)
        db.session.add(flow)
    flow.max_level = Level(max_level).value
    flow.updated_at = utc_now()
    flow.steps = [
        FlowStep(
            position=position,
            kind=StepKind(draft.kind),
            description=draft.description,
            assignees=[
                FlowAssignee(member=members[name]) for name in dict.fromkeys(draft.assignees)
            ],
        )
        for position, draft in enumerate(kept(drafts), start=1)
    ]
    db.session.flush()
    details = {
        "max_level": flow.max_level,
        "steps": [
            {"kind": step.kind.value, "assignees": [one.member.username for one in step.assignees]}
            for step in flow.steps
        ],
    }
    records.add(Action.FLOW_CHANGED, projects.subject_of(project), actor, details)
    return flow


def _problems_of(draft: StepDraft, names: set[str], is_last: bool) -> list[RuleError]:
    found = []
    field = f"steps-{draft.row}-assignees"
    if draft.kind not in set(StepKind):
        found.append(RuleError(_("请从列表中选择。"), f"steps-{draft.row}-kind"))
    elif is_last != (draft.kind == StepKind.EXECUTE):
        found.append(
            RuleError(
                _("最后一个节点必须是执行上线。")
                if is_last
                else _("执行上线只能有一个，而且必须是最后一个节点。"),
                field,
            )
        )
    chosen = set(draft.assignees)
    if not 1 <= len(chosen) <= MOST_ASSIGNEES:
        found.append(RuleError(_("请选择 1 到 %(most)s 人。", most=MOST_ASSIGNEES), field))
    strangers = "、".join(sorted(chosen - names))
    if strangers:
        found.append(
            RuleError(_("%(names)s 不是本项目的启用成员，请换人。", names=strangers), field)
        )
    if len(draft.description) > LONGEST_DESCRIPTION:
        found.append(
            RuleError(
                _("最多 %(length)s 个字符。", length=LONGEST_DESCRIPTION),
                f"steps-{draft.row}-description",
            )
        )
    return found
